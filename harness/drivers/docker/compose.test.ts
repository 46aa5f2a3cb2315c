/** The files of docker/ for people who want to look around, as far as they can be checked without the servers that read them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const all = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

const compose = read('docker/compose.yaml');
const alerts = read('docker/alerts.yml');
const prometheus = read('docker/prometheus/prometheus.yml');

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}
const { panels } = JSON.parse(read('docker/grafana/dashboards/seam-signals.json')) as { readonly panels: readonly Panel[] };

const rules = all(alerts, /^ {8}expr: (.+)$/gm);
const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** As the pipeline's own source declares them. */
function signals(): ReadonlySet<string> {
  const files = readdirSync(path.join(root, 'target-pipeline'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).map((file) => read(`target-pipeline/${file}`));
  const declared = sources.flatMap((source) => [...source.matchAll(/(counter|gauge|histogram)\(\s*'([a-z_]+)'/g)]);
  return new Set(declared.map(([, kind, name]) => (kind === 'histogram' ? `${name}_bucket` : (name ?? ''))));
}

describe('the alert rules and the dashboard', () => {
  it('ask for signals that the pipeline has, and for nothing else', () => {
    const known = signals();
    expect(known.size).toBeGreaterThan(10);
    const asked = [...rules, ...queries].flatMap((query) => all(query, /\b([a-z]+(?:_[a-z]+)+)\b(?!\()/g));
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('have expressions whose brackets close', () => {
    for (const query of [...rules, ...queries]) {
      const depth = (open: string, close: string): number => query.split(open).length - query.split(close).length;
      expect([query, depth('(', ')'), depth('[', ']'), depth('{', '}')]).toEqual([query, 0, 0, 0]);
    }
  });
});

describe('the dashboard', () => {
  it('has panels that explain themselves, side by side', () => {
    const cells = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
    expect(new Set(cells).size).toBe(panels.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(panels.filter(({ title, description }) => title === '' || description === '')).toEqual([]);
  });

  it('asks the data source that is provisioned', () => {
    const [uid] = all(read('docker/grafana/provisioning/datasources/prometheus.yml'), /^ {4}uid: (\w+)$/gm);
    expect(new Set(panels.flatMap(({ targets }) => targets.map(({ datasource }) => datasource.uid)))).toEqual(new Set([uid]));
  });
});

describe('docker/compose.yaml', () => {
  const nodes = all(compose, /^ {2}(\w+-\d): *$/gm);

  it('runs the nodes that it tells all of them about', () => {
    expect(nodes).toHaveLength(10);
    const told = all(compose, /_URLS: (.+)$/gm).flatMap((urls) => all(urls, /(?:^|,)([\w-]+)=http:\/\/\1:8080/g));
    expect([...told].sort()).toEqual([...nodes].sort());
  });

  it('publishes every port on this machine alone', () => {
    const published = all(compose, /ports: \["([^"]+)"\]/g);
    expect(published).toHaveLength(nodes.length + 2);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(new Set(published.map((port) => port.split(':')[1])).size).toBe(published.length);
  });

  it('keeps the data of each node in a volume of its own', () => {
    expect(all(compose, /volumes: \["([\w-]+):\/data"\]/g)).toEqual(nodes);
    expect(all(compose, /^ {2}([\w-]+): \{\}$/gm)).toEqual(['pipeline', ...nodes]);
  });

  it('has every node scraped', () => {
    const scraped = all(prometheus, /targets: \[([^\]]+)\]/g).flatMap((list) => list.split(', '));
    expect(scraped).toEqual(nodes.map((node) => `${node}:8080`));
  });

  it('mounts files that there are', () => {
    const mounted = all(compose, /^ {6}- \.\/([\w/.-]+):\//gm);
    expect(mounted.length).toBe(4);
    for (const file of mounted) expect(readdirSync(path.join(root, 'docker', path.dirname(file)))).toContain(path.basename(file));
  });
});
