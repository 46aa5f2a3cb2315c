/**
 * After the load: all nodes up, quiet, then the final reads. After an interruption too, only with less patience. Whatever fails is remarked
 * on, and the run goes on to its verdict.
 */
import { withDeadline } from '../deadline.ts';
import type { Ledger, TrafficRecord } from '../history/index.ts';
import type { Deployment } from './deployment.ts';
import { makeWhole } from './make-whole.ts';
import { awaitQuiet } from './quiesce.ts';
import type { Stage } from './stage.ts';

const unrestTimeoutMs = 20_000;
const uninterrupted = new AbortController().signal;

/** The ledger, unless it could not be read. `traffic` gives all of the run so far. */
export async function settle(
  stage: Stage,
  deployment: Deployment,
  traffic: () => Promise<readonly TrafficRecord[]>,
): Promise<Ledger | undefined> {
  const { target, deploymentOptions, apparatus, clock, stalls, remarks, observer, limits, signal, enter } = stage;
  observer.phase('make whole');
  const isWhole = await makeWhole({
    nodes: deployment.nodes.map(({ name }) => name),
    driver: apparatus.driver,
    healthy: () => deployment.healthy(uninterrupted, signal.aborted ? limits.impatience.limitMs : limits.healthyMs),
    remarks,
  });
  // Only a pipeline that is whole is given time to come to rest; of another, nobody can say that it should have.
  if (isWhole) enter('quiesce');
  const { unrest, unchangedForMs } = await awaitQuiet({
    unrest: () => withDeadline(uninterrupted, unrestTimeoutMs, (deadline) => target.unrest(deployment.addresses, deadline)),
    now: clock.now,
    sleep: clock.sleep,
    patience: () => (signal.aborted || !isWhole ? limits.impatience : limits.patience),
    stoodStillNs: () => stalls.totalNs(),
  });
  if (unrest !== undefined) {
    remarks.add({ text: `not quiet, and unchanged for ${(unchangedForMs / 1000).toFixed(1)} s: ${unrest}`, spoils: true });
  }
  enter('final-reads');
  try {
    const keys = target.keysOfInterest(await traffic());
    const ledger = await withDeadline(uninterrupted, limits.finalReadsMs, (deadline) =>
      target.finalReads(deployment.addresses, keys, deploymentOptions, deadline),
    );
    return { ...ledger, unchangedForMs };
  } catch (error) {
    remarks.add({ text: `the final reads failed: ${error instanceof Error ? error.message : String(error)}`, spoils: true });
    return undefined;
  }
}
