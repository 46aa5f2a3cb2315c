/**
 * Latency: how long customers waited, from when they wanted to begin. Counting from when a call could be sent would leave out exactly the waiting that
 * a stalled pipeline causes (coordinated omission; Tene, "How NOT to Measure Latency", 2013).
 *
 * It reports; no figure makes a run valid or invalid.
 */
import type { CheckResult, Evidence, RunEvidence, RunWindow } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { type Call, createDurationCounter, type DurationCounter, pairCalls } from './evidence/index.ts';

const question = 'How long did operations take, from when they were meant to begin?';

export const latency: Checker = {
  name: 'latency',
  question,
  subject: 'run',
  applies: ({ history }) => history.some(({ type }) => type === 'ok'),
  check: checkLatency,
};

/** Windows in which load runs; what was meant to begin outside them is told under `all`. */
const loadWindows: ReadonlySet<RunWindow['name']> = new Set(['warm-up', 'clean-before', 'faults', 'clean-after']);

/** When the customer wanted the call, nanoseconds. */
export function intendedAt({ invocation }: Call): number {
  return invocation.intended ?? invocation.time;
}

interface Row {
  readonly f: string;
  readonly window: string;
  readonly durations: DurationCounter;
  /** Never answered, or answered with an unknown outcome: they waited at least that long, so quantiles are lower bounds. */
  unanswered: number;
}

export function checkLatency({ history, windows }: RunEvidence): CheckResult {
  const during = windows.filter(({ name }) => loadWindows.has(name));
  const rows = new Map<string, Row>();
  const all = createDurationCounter();
  const rowOf = (f: string, window: string): Row => {
    const name = `${f} ${window}`;
    const row = rows.get(name) ?? { f, window, durations: createDurationCounter(), unanswered: 0 };
    rows.set(name, row);
    return row;
  };
  for (const call of pairCalls(history)) {
    const { invocation, completion } = call;
    const at = intendedAt(call);
    const window = during.find(({ from, to }) => at >= from && at < to);
    const ofCall = [rowOf(invocation.f, 'all'), ...(window === undefined ? [] : [rowOf(invocation.f, window.name)])];
    if (completion === undefined || completion.type === 'info') for (const row of ofCall) row.unanswered += 1;
    // A refusal is quick; to count it as an answer would make an overloaded pipeline look fast.
    else if (completion.type === 'ok') {
      const milliseconds = (completion.time - at) / 1e6;
      all.add(milliseconds);
      for (const { durations } of ofCall) durations.add(milliseconds);
    }
  }
  const total = all.quantiles();
  const examined = {
    ok: total.count,
    unanswered: [...rows.values()].reduce((sum, row) => sum + (row.window === 'all' ? row.unanswered : 0), 0),
  };
  const evidence = [...rows.values()].map(asEvidence);
  if (total.count === 0)
    return { verdict: 'unknown', question, summary: 'No operation succeeded, so there is no latency to report.', examined, evidence };
  return {
    verdict: 'valid',
    question,
    summary: `${total.count} operations took ${total.p50Ms.toFixed(1)} ms (median), ${total.p99Ms.toFixed(1)} ms (99 %), at most ${total.maxMs.toFixed(1)} ms.`,
    examined,
    evidence,
  };
}

function asEvidence({ f, window, durations, unanswered }: Row): Evidence {
  const quantiles = durations.quantiles();
  const { count, p50Ms, p99Ms, maxMs } = quantiles;
  const figures =
    count === 0 ? 'none succeeded' : `${p50Ms.toFixed(1)} ms (median), ${p99Ms.toFixed(1)} ms (99 %), at most ${maxMs.toFixed(1)} ms`;
  return {
    kind: 'context',
    summary: `${f}, ${window}: ${figures}${unanswered === 0 ? '' : `; ${unanswered} unanswered`}.`,
    data: { f, window, ...quantiles, unanswered },
  };
}
