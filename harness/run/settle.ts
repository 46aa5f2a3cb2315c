/**
 * After the load: all nodes up, quiet, then the final reads. After an interruption too, only with less patience. Whatever fails is remarked
 * on, and the run goes on to its verdict.
 */
import { withDeadline } from '../deadline.ts';
import type { Driver } from '../drivers/index.ts';
import type { Ledger, RunWindow, TrafficRecord } from '../history/index.ts';
import type { DeploymentOptions, Target } from '../targets/index.ts';
import type { RunClock } from './clock.ts';
import type { Deployment } from './deployment.ts';
import { makeWhole } from './make-whole.ts';
import { awaitQuiet } from './quiesce.ts';
import type { Remarks } from './remarks.ts';
import type { SessionLimits, SessionObserver } from './session.ts';
import type { Stalls } from './stalls.ts';

export interface SettleOptions {
  readonly target: Target;
  readonly deployment: Deployment;
  readonly deploymentOptions: DeploymentOptions;
  readonly driver: Driver;
  readonly clock: RunClock;
  readonly stalls: Stalls;
  readonly remarks: Remarks;
  readonly observer: SessionObserver;
  readonly limits: SessionLimits;
  /** The run's; final reads are made after an interruption, too. */
  readonly signal: AbortSignal;
  readonly enter: (window: RunWindow['name']) => void;
  /** All of the run so far. */
  readonly traffic: () => Promise<readonly TrafficRecord[]>;
}

const unrestTimeoutMs = 20_000;
const uninterrupted = new AbortController().signal;

/** The ledger, unless it could not be read. */
export async function settle(options: SettleOptions): Promise<Ledger | undefined> {
  const { target, deployment, deploymentOptions, driver, clock, stalls, remarks, observer, limits, signal, enter, traffic } = options;
  observer.phase('make whole');
  const isWhole = await makeWhole({
    nodes: deployment.nodes.map(({ name }) => name),
    driver,
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
