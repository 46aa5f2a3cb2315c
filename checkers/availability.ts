/**
 * Availability: what share of operations was served, window by window, and how long customers went without.
 *
 * Served is what succeeded, and what was refused for a reason that lies in the request (no stock, a declined payment, a lost compare-and-set): a pipeline
 * that says so works. It reports; no figure makes a run valid or invalid.
 */
import type { CheckResult, Evidence, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { type Call, pairCalls } from './evidence/index.ts';
import { intendedAt } from './latency.ts';

const question = 'What share of operations was served, and for how long was none?';

export const availability: Checker = {
  name: 'availability',
  question,
  subject: 'run',
  applies: ({ history }) => history.some(({ type }) => type === 'ok'),
  check: checkAvailability,
};

/** Refusals that only say that the pipeline could not be asked now. */
const unavailableCodes: ReadonlySet<string> = new Set([
  'not-leader',
  'overloaded',
  'unavailable',
  'connection-refused',
  'connection-lost',
  'server-error',
  'timeout',
  'interrupted',
]);

export function wasServed({ completion }: Call): boolean {
  if (completion?.type === 'ok') return true;
  return completion?.type === 'fail' && !unavailableCodes.has(completion.error?.code ?? 'unavailable');
}

interface Share {
  readonly invoked: number;
  readonly ok: number;
  readonly served: number;
}

export function checkAvailability({ history, windows }: RunEvidence): CheckResult {
  const calls = [...pairCalls(history)].sort((a, b) => intendedAt(a) - intendedAt(b));
  const total = shareOf(calls);
  const rows = windows.flatMap(({ name, from, to }): readonly Evidence[] => {
    const share = shareOf(calls.filter((call) => intendedAt(call) >= from && intendedAt(call) < to));
    return share.invoked === 0 ? [] : [asEvidence(name, share)];
  });
  const outage = longestOutage(calls);
  const examined = { ...total };
  const evidence = [
    ...rows,
    ...(outage === undefined
      ? []
      : [
          {
            kind: 'context' as const,
            summary: `The longest time without a served operation was ${(outage.lengthMs / 1000).toFixed(2)} s, from ${(outage.fromNs / 1e9).toFixed(2)} s; ${outage.invoked} operations came in it.`,
            data: { ...outage },
          },
        ]),
  ];
  if (total.ok === 0)
    return { verdict: 'unknown', question, summary: `None of ${total.invoked} operations succeeded.`, examined, evidence };
  return {
    verdict: 'valid',
    question,
    summary: `${percent(total.served / total.invoked)} of ${total.invoked} operations were served, ${percent(total.ok / total.invoked)} succeeded.`,
    examined,
    evidence,
  };
}

function shareOf(calls: readonly Call[]): Share {
  let [ok, served] = [0, 0];
  for (const call of calls) {
    if (call.completion?.type === 'ok') ok += 1;
    if (wasServed(call)) served += 1;
  }
  return { invoked: calls.length, ok, served };
}

function asEvidence(window: string, share: Share): Evidence {
  const { invoked, ok, served } = share;
  return {
    kind: 'context',
    summary: `${window}: ${percent(served / invoked)} served, ${percent(ok / invoked)} succeeded, of ${invoked}.`,
    data: { window, ...share, okShare: ok / invoked, servedShare: served / invoked },
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0.99 && share < 1 ? 2 : 1)} %`;
}

interface Outage {
  readonly fromNs: number;
  readonly lengthMs: number;
  readonly invoked: number;
}

/** From the first call that came after the last served one had ended, until the next is served. Nobody goes without while nobody asks. */
function longestOutage(calls: readonly Call[]): Outage | undefined {
  const last = calls.at(-1);
  if (last === undefined) return undefined;
  const askedNs = calls.map(intendedAt);
  const servedNs = calls
    .flatMap((call) => (wasServed(call) && call.completion !== undefined ? [call.completion.time] : []))
    .sort((a, b) => a - b);
  let longest: Outage | undefined;
  let next = 0;
  for (const untilNs of [...servedNs, Math.max(intendedAt(last), servedNs.at(-1) ?? 0)]) {
    const fromNs = askedNs[next];
    let invoked = 0;
    for (; next < askedNs.length && (askedNs[next] ?? 0) <= untilNs; next += 1) invoked += 1;
    if (fromNs === undefined || invoked === 0) continue;
    const lengthMs = (untilNs - fromNs) / 1e6;
    if (longest === undefined || lengthMs > longest.lengthMs) longest = { fromNs, lengthMs, invoked };
  }
  return longest;
}
