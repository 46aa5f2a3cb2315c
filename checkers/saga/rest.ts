/**
 * Was the pipeline at rest when its books were read? Some clauses hold only then: that every order has ended, that money and stock agree with
 * how. A pipeline that was given time enough and no longer gets on has broken them; one that was cut short (the run was interrupted), is merely
 * slow, or was still changing its leader (on a machine too busy for its leases), has shown nothing.
 */
import type { Ledger, RunEvidence } from '../../harness/history/index.ts';
import { terminalStatuses } from '../evidence/index.ts';

/** How long a healed pipeline may take to finish what it began. */
export const restLimitMs = 20_000;

export type Rest =
  /** Either nothing is going on, or it should have ended long ago. */
  { readonly settled: true } | { readonly settled: false; readonly why: string };

export function restOf(evidence: RunEvidence, ledger: Ledger): Rest {
  const unfinished = ledger.orders.filter(({ status }) => !terminalStatuses.has(status)).length;
  const reserved = ledger.stock.filter((stock) => stock.reserved > 0).length;
  if (unfinished === 0 && reserved === 0) return { settled: true };
  const left = `${unfinished} orders are unfinished and ${reserved} SKUs have reservations.`;
  const quiesce = evidence.windows.find(({ name }) => name === 'quiesce');
  const givenMs = quiesce === undefined ? 0 : (quiesce.to - quiesce.from) / 1e6;
  if (ledger.unchangedForMs !== undefined && ledger.unchangedForMs < restLimitMs && givenMs >= restLimitMs) {
    const movedMs = (ledger.unchangedForMs / 1000).toFixed(1);
    return {
      settled: false,
      why: `The pipeline was still getting on ${movedMs} s before its books were read: slow, and not known to be stuck; ${left}`,
    };
  }
  const ledMs = quiesce === undefined ? 0 : (quiesce.to - lastLeaderChange(evidence)) / 1e6;
  if (givenMs >= restLimitMs && ledMs < restLimitMs) {
    return {
      settled: false,
      why: `A leader took over ${(ledMs / 1000).toFixed(1)} s before the end, and may take ${restLimitMs / 1000} s to finish what was left to it; ${left}`,
    };
  }
  if (givenMs >= restLimitMs) return { settled: true };
  return {
    settled: false,
    why: `The pipeline was given ${(givenMs / 1000).toFixed(1)} s of the ${restLimitMs / 1000} s it may take to come to rest, and ${left}`,
  };
}

/** When a higher token was last seen for the first time, by scope; before everything when none was. */
function lastLeaderChange({ signals }: RunEvidence): number {
  const highest = new Map<string, number>();
  let changedAt = Number.NEGATIVE_INFINITY;
  for (const { name, labels, time, value } of signals) {
    if (name !== 'leader_token' || value === undefined) continue;
    const scope = labels?.['scope'] ?? '';
    if (value <= (highest.get(scope) ?? 0)) continue;
    highest.set(scope, value);
    changedAt = Math.max(changedAt, time);
  }
  return changedAt;
}
