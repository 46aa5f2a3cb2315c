/** Counts of what the clients did. Latencies are not here: the history has them, from the intended start. */
import type { CompletionType } from '../history/index.ts';

export interface FunctionStats {
  readonly invoked: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
}

export interface ClientStats extends FunctionStats {
  readonly byFunction: Readonly<Record<string, FunctionStats>>;
  /** Arrivals that were never invoked, because too many waited before them or the time was up. */
  readonly missed: number;
  /** Most arrivals that waited for a free process at the same time. */
  readonly maxWaiting: number;
}

export interface StatsCounter {
  invoked(f: string): void;
  completed(f: string, type: CompletionType): void;
  missed(count: number): void;
  waiting(count: number): void;
  total(): ClientStats;
}

export function createStats(): StatsCounter {
  const byFunction = new Map<string, { -readonly [Name in keyof FunctionStats]: number }>();
  let missed = 0;
  let maxWaiting = 0;
  const of = (f: string): { -readonly [Name in keyof FunctionStats]: number } => {
    const counts = byFunction.get(f) ?? { invoked: 0, ok: 0, fail: 0, info: 0 };
    byFunction.set(f, counts);
    return counts;
  };
  return {
    invoked: (f) => {
      of(f).invoked++;
    },
    completed: (f, type) => {
      of(f)[type]++;
    },
    missed: (count) => {
      missed += count;
    },
    waiting: (count) => {
      maxWaiting = Math.max(maxWaiting, count);
    },
    total: () => {
      const sum = { invoked: 0, ok: 0, fail: 0, info: 0 };
      for (const counts of byFunction.values()) {
        for (const name of ['invoked', 'ok', 'fail', 'info'] as const) sum[name] += counts[name];
      }
      return { ...sum, byFunction: Object.fromEntries([...byFunction].map(([f, counts]) => [f, { ...counts }])), missed, maxWaiting };
    },
  };
}

/** Of a run in which no client ever started. */
export const noStats: ClientStats = createStats().total();
