/**
 * Measures the check of some files in this process. The check is one thread, so beside the time on the clock stands the time that thread
 * was on a processor: on a machine that does nothing else they are the same, on one that does only the latter says anything.
 */
import { readFileSync } from 'node:fs';
import { checkLinearizable } from '../../checkers/linearizable/index.ts';
import { modelNamed } from '../../checkers/models/index.ts';
import { readHistoryFile } from '../../harness/history/formats/index.ts';

export interface Measurement {
  /** Each verdict with how many files have it. */
  readonly verdict: string;
  readonly operations: number;
  /** Medians over the runs of the time to check all files, after reading: on the clock, and of that on a processor. */
  readonly checkMs: number;
  readonly processorMs: number;
  /** Median over the runs of the slowest file, on a processor. */
  readonly slowestFileMs: number;
  /** Reading, the first check and its evidence, on the clock. */
  readonly endToEndMs: number;
  /** What it takes to explain a violation, on a processor (median). */
  readonly evidenceMs: number;
  readonly peakMegabytes: number;
  /** The most configurations that a search held at one time. */
  readonly mostHeld: number;
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
  const runsMs: RunMs[] = [];
  const verdicts = new Map<string, number>();
  let mostHeld = 0;
  let endToEndMs = readMs;
  for (let run = 0; run < runs; run++) {
    const sum = { clock: 0, processor: 0, slowest: 0, evidence: 0 };
    for (const operations of histories) {
      const check = (evidence: 'full' | 'none') => checkLinearizable(operations, { model, limits, evidence });
      const { result, clockMs, processorMs } = timed(() => check('none'));
      sum.clock += clockMs;
      sum.processor += processorMs;
      sum.slowest = Math.max(sum.slowest, processorMs);
      const explained = result.verdict === 'invalid' ? timed(() => check('full')) : undefined;
      if (explained !== undefined) sum.evidence += Math.max(0, explained.processorMs - processorMs);
      if (run > 0) continue;
      verdicts.set(result.verdict, (verdicts.get(result.verdict) ?? 0) + 1);
      mostHeld = Math.max(mostHeld, result.examined.mostHeld);
      endToEndMs += (explained ?? { clockMs }).clockMs;
    }
    runsMs.push(sum);
  }
  const medianOf = (part: (ms: RunMs) => number): number => median(runsMs.map(part));
  return {
    verdict: [...verdicts].map(([verdict, count]) => (files.length === 1 ? verdict : `${count} ${verdict}`)).join(', '),
    operations: histories.reduce((sum, operations) => sum + operations.filter(({ type }) => type === 'invoke').length, 0),
    checkMs: medianOf(({ clock }) => clock),
    processorMs: medianOf(({ processor }) => processor),
    slowestFileMs: medianOf(({ slowest }) => slowest),
    endToEndMs,
    evidenceMs: medianOf(({ evidence }) => evidence),
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    mostHeld,
  };
}

interface RunMs {
  readonly clock: number;
  readonly processor: number;
  readonly slowest: number;
  readonly evidence: number;
}

function timed<T>(act: () => T): { readonly result: T; readonly clockMs: number; readonly processorMs: number } {
  const clock = performance.now();
  const processor = processorTimeMs();
  const result = act();
  return { result, clockMs: performance.now() - clock, processorMs: processorTimeMs() - processor };
}

/** Milliseconds this thread has been on a processor, as Linux counts them; elsewhere the clock has to do. */
function processorTimeMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
