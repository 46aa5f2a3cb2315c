/**
 * Clause: no node still leads once another leads under a higher token. A node that is asked reads its own clock before it says that it leads, so
 * its word is good for a moment between the question and the answer. Where a successor's *answer* was there before the *question* to the
 * other was put, the successor led first, and the other's lease was still running: two leases at once, whatever was written under them.
 */
import type { FaultRecord, SignalSample } from '../../harness/history/index.ts';
import { type Findings, groupBy, numberField } from '../evidence/index.ts';

/** The gauge by which a node tells under which token it leads; 0 when it does not. */
const claimName = 'leading_token';
/** How far apart leases let the rates of two monotonic clocks be. */
const driftAllowed = 0.01;

interface Claim {
  readonly node: string;
  readonly token: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** How many claims to lead were compared. */
export function checkOverlap(samples: readonly SignalSample[], faults: readonly FaultRecord[], findings: Findings): number {
  // With a monotonic clock that is too fast or too slow, leases promise nothing; only fences do.
  if (faults.some(({ facts }) => Math.abs((numberField(facts, 'monotonicRate') ?? 1) - 1) > driftAllowed)) return 0;
  let compared = 0;
  for (const [scope, ofScope] of groupBy(samples.filter(isClaim), ({ labels }) => labels?.['scope'] ?? '')) {
    const claims = ofScope.map(
      ({ node, value = 0, time, answeredAt = time }): Claim => ({ node, token: value, askedAt: time, answeredAt }),
    );
    compared += claims.length;
    reportOverlaps(scope, claims, findings);
  }
  return compared;
}

/** A sample without the time of its answer may be of any time after its question. */
function isClaim({ name, value, answeredAt }: SignalSample): boolean {
  return name === claimName && (value ?? 0) > 0 && answeredAt !== undefined;
}

function reportOverlaps(scope: string, claims: readonly Claim[], findings: Findings): void {
  const asked = [...claims].sort((a, b) => a.askedAt - b.askedAt);
  const answered = [...claims].sort((a, b) => a.answeredAt - b.answeredAt);
  let next = 0;
  let highest: Claim | undefined;
  for (const claim of asked) {
    for (let other = answered[next]; other !== undefined && other.answeredAt <= claim.askedAt; other = answered[next]) {
      if (highest === undefined || other.token > highest.token) highest = other;
      next += 1;
    }
    if (highest === undefined || highest.token <= claim.token || highest.node === claim.node) continue;
    const laterMs = Math.round((claim.askedAt - highest.answeredAt) / 1e6);
    findings.violation('lease-overlap', {
      summary:
        `${claim.node} still led scope ${scope} under token ${claim.token} when it was asked, ${laterMs} ms after ${highest.node} had answered that it ` +
        `leads under token ${highest.token}: two leases ran at once.`,
      data: { scope, node: claim.node, token: claim.token, askedAt: claim.askedAt, successor: highest.node, higherToken: highest.token },
    });
  }
}
