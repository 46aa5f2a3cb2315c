/** Measures the check of some files in this process. */
import { checkLinearizable } from '../../checkers/linearizable/index.ts';
import { modelNamed } from '../../checkers/models/index.ts';
import { readHistoryFile } from '../../harness/history/formats/index.ts';

export interface Measurement {
  /** Each verdict with how many files have it. */
  readonly verdict: string;
  /** Median over the runs of the time to check all files, after reading. */
  readonly checkMs: number;
  /** Median over the runs of the slowest file. */
  readonly slowestFileMs: number;
  /** Reading and checking once, from a cold start. */
  readonly endToEndMs: number;
  /** Of the check, the part that went into explaining a violation (median). */
  readonly evidenceMs: number;
  readonly peakMegabytes: number;
}

const limits = { timeMs: 120_000, memoryBytes: 6e9 };

export async function measure({
  files,
  model: modelName,
  runs,
}: {
  readonly files: readonly string[];
  readonly model: string;
  readonly runs: number;
}): Promise<Measurement> {
  const model = modelNamed(modelName);
  if (model === undefined) throw new Error(`expected the name of a model, got ${modelName}`);
  const begin = performance.now();
  const histories = [];
  for (const file of files) histories.push((await readHistoryFile(file)).operations);
  const readMs = performance.now() - begin;
  const totals: number[] = [];
  const slowest: number[] = [];
  const evidence: number[] = [];
  const verdicts = new Map<string, number>();
  for (let run = 0; run < runs; run++) {
    const times = histories.map((operations) => {
      const start = performance.now();
      const { verdict } = checkLinearizable(operations, { model, limits });
      if (run === 0) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      const withEvidenceMs = performance.now() - start;
      if (verdict !== 'invalid') return { ms: withEvidenceMs, evidenceMs: 0 };
      const again = performance.now();
      checkLinearizable(operations, { model, limits, evidence: 'none' });
      const verdictMs = performance.now() - again;
      return { ms: verdictMs, evidenceMs: withEvidenceMs - verdictMs };
    });
    totals.push(times.reduce((sum, { ms }) => sum + ms, 0));
    slowest.push(Math.max(...times.map(({ ms }) => ms)));
    evidence.push(times.reduce((sum, { evidenceMs }) => sum + Math.max(0, evidenceMs), 0));
  }
  return {
    verdict: [...verdicts].map(([verdict, count]) => (files.length === 1 ? verdict : `${count} ${verdict}`)).join(', '),
    checkMs: median(totals),
    slowestFileMs: median(slowest),
    endToEndMs: readMs + (totals[0] ?? 0) + (evidence[0] ?? 0),
    evidenceMs: median(evidence),
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
