/** Clients and faults side by side, until the time is up, something is violated that ends the run early, or the run is interrupted. */
import path from 'node:path';
import { type ClientStats, runClients } from '../client/index.ts';
import type { FaultRecord } from '../history/index.ts';
import type { CalibratedLoad } from './calibration.ts';
import type { Deployment } from './deployment.ts';
import { watchForViolation } from './fail-fast.ts';
import { playFaults } from './fault-phases.ts';
import { runFiles } from './saved-run.ts';
import type { Stage } from './stage.ts';

export interface LoadResult {
  readonly stats: ClientStats;
  readonly faults: readonly FaultRecord[];
  /** Where it followed from a calibration. */
  readonly ratePerSecond?: number;
}

export async function driveLoad(stage: Stage, deployment: Deployment, calibrated?: CalibratedLoad): Promise<LoadResult> {
  const { config, workload, signal, clock, apparatus } = stage;
  const load = new AbortController();
  const endLoad = (): void => load.abort(new Error('the load has ended'));
  signal.addEventListener('abort', endLoad, { once: true });
  const stopWatching = endAtViolation(stage, endLoad);

  const clients = runClients({
    ...workload.load({
      rate: calibrated?.ratePerSecond ?? config.rate,
      concurrency: config.concurrency,
      seed: config.seed,
      timeMs: config.timeMs,
    }),
    client: workload.client(deployment.clientUrls, config.seed),
    recorder: apparatus.recorder,
    now: clock.now,
    signal: load.signal,
  });
  let faults: readonly FaultRecord[] = [];
  let failure: { readonly error: unknown } | undefined;
  const played = playFaults(stage, deployment, load.signal, calibrated?.calibration).then(
    (injected) => {
      faults = injected;
    },
    (error: unknown) => {
      if (load.signal.aborted) return;
      // The clients are told to stop, and then it is thrown: a rejection that nobody awaits yet would bring down the harness.
      failure = { error };
      endLoad();
    },
  );
  let stats: ClientStats;
  try {
    stats = await clients;
  } finally {
    await stopWatching();
    endLoad();
    signal.removeEventListener('abort', endLoad);
    await played;
  }
  if (failure !== undefined) throw failure.error;
  return { stats, faults, ...(calibrated === undefined ? {} : { ratePerSecond: calibrated.ratePerSecond }) };
}

/** With `--fail-fast`, ends the load at the first violation; what follows (healing, final reads, the verdict) is as always. */
function endAtViolation({ config, observer, runDirectory, doubt }: Stage, endLoad: () => void): () => Promise<void> {
  if (!config.failFast) return () => Promise.resolve();
  return watchForViolation({
    historyFile: path.join(runDirectory, runFiles.history),
    onViolation: (summary) => {
      // The verdict at the end is made by the checkers, of everything. Should they not agree, the run was still cut short.
      doubt(`stopped early: ${summary}`);
      endLoad();
    },
    onError: (message) => observer.note(`the fail-fast watcher failed: ${message}`),
  });
}
