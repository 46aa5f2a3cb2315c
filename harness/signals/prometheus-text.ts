/** Reads the Prometheus text format (version 0.0.4), as far as samples go: names, labels, values. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const linePattern = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const labelPattern = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/g;

/** Comments and lines that aren't samples are passed over: a scrape with one odd line is still a scrape. */
export function parsePrometheusText(text: string, wanted: (name: string) => boolean): readonly MetricSample[] {
  const samples: MetricSample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = linePattern.exec(line);
    const name = match?.[1];
    if (name === undefined || !wanted(name)) continue;
    samples.push({ name, labels: parseLabels(match?.[2] ?? ''), value: parseValue(match?.[3] ?? '') });
  }
  return samples;
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(labelPattern)) {
    labels.set(
      name,
      value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  return Object.fromEntries(labels);
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
