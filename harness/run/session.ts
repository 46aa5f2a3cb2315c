/**
 * The part of a run during which something is deployed. Whatever happens in it, faults are healed and everything started is stopped;
 * what was seen until then is returned.
 */
import path from 'node:path';
import { noStats } from '../client/index.ts';
import type { FaultRecord, Ledger } from '../history/index.ts';
import { startScraping } from '../signals/index.ts';
import { closeApparatus, openApparatus } from './apparatus.ts';
import { calibrateLoad } from './calibration.ts';
import { readTraffic } from './collect.ts';
import { type Deployment, deploy } from './deployment.ts';
import { driveLoad, type LoadResult } from './load.ts';
import { remarkOnLoad } from './load-remarks.ts';
import { type NodeEnds, watchNodeEnds } from './node-ends.ts';
import { runFiles } from './saved-run.ts';
import type { SessionOptions, SessionResult } from './session-options.ts';
import { settle } from './settle.ts';
import { type Stage, setStage } from './stage.ts';

export { type SessionObserver, type SessionOptions, type SessionResult, sessionLimits } from './session-options.ts';

/** What is found out phase by phase; an interrupted session has what it had come to. */
interface Findings {
  replicas: readonly string[];
  load: LoadResult;
  ledger: Ledger | undefined;
}

const scrapeIntervalMs = 250;
/** A node that is merely busy still answers; one that is stopped does not. */
const scrapeTimeoutMs = 500;
const noFaults: readonly FaultRecord[] = [];

export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { observer } = options;
  const apparatus = openApparatus(options);
  const stage = setStage(options, apparatus);
  const findings: Findings = { replicas: [], load: { stats: noStats, faults: noFaults }, ledger: undefined };
  const failure = await playPhases(stage, findings).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  observer.phase('tear down');
  const { leftovers, failures } = await closeApparatus(apparatus);
  if (failure === undefined && failures.length === 0) return resultOf(stage, findings, leftovers);
  for (const leftover of leftovers) observer.note(`left behind: ${leftover}; \`harness recover\` ends it`);
  throw failure === undefined ? failures[0] : failure.error;
}

function resultOf(
  { apparatus, windows, remarks }: Stage,
  { replicas, load, ledger }: Findings,
  leftovers: readonly string[],
): SessionResult {
  return { history: apparatus.recorder.operations, ...load, windows: windows.all, replicas, ledger, remarks: remarks.all, leftovers };
}

/** Deploy → load and faults → settle. Fills in what it finds. */
async function playPhases(stage: Stage, findings: Findings): Promise<void> {
  const { observer, signal, apparatus, windows } = stage;
  observer.watch({ operations: apparatus.recorder.operations, activeFaults: stage.activeFaults });
  const nodeEnds = watchNodeEnds(stage);
  stage.enter('deploy');
  try {
    const deployment = await deployNodes(stage, nodeEnds);
    findings.replicas = deployment.replicas;
    await deployment.healthy(signal, stage.limits.healthyMs);
    const stopScraping = scrape(stage, deployment);
    try {
      const calibrated = await calibrateLoad(stage, deployment);
      findings.load = await driveLoad(stage, deployment, calibrated);
      apparatus.evidence.throwIfLost();
      windows.end();
      findings.ledger = await settle(stage, deployment, async () => {
        await apparatus.traffic.flush();
        return readTraffic(path.join(stage.runDirectory, runFiles.traffic));
      });
    } finally {
      await stopScraping();
    }
  } catch (error) {
    apparatus.evidence.throwIfLost();
    // An interrupted run goes on to report what it has.
    if (!signal.aborted) throw error;
    if (error !== signal.reason) stage.doubt(`something failed after the interruption: ${messageOf(error)}`);
  } finally {
    windows.end();
    nodeEnds.stop();
    stage.stalls.stop();
  }
  if (signal.aborted) stage.doubt(`the run was stopped before its time: ${messageOf(signal.reason)}`);
  remarkOnLoad(stage, findings.load.stats);
}

function deployNodes({ target, apparatus, runDirectory, deploymentOptions, clock }: Stage, nodeEnds: NodeEnds): Promise<Deployment> {
  return deploy({
    target,
    driver: apparatus.driver,
    plane: apparatus.plane,
    runDirectory,
    deployment: deploymentOptions,
    endedByItself: nodeEnds.of,
    sleep: clock.sleep,
  });
}

function scrape({ target, clock, apparatus }: Stage, { addresses }: Deployment): () => Promise<void> {
  const { metricsPath } = target;
  if (metricsPath === undefined) return () => Promise.resolve();
  return startScraping({
    urls: new Map([...addresses].map(([node, url]) => [node, `${url}${metricsPath}`])),
    intervalMs: scrapeIntervalMs,
    timeoutMs: scrapeTimeoutMs,
    now: clock.now,
    onSample: (sample) => apparatus.evidence.keep(() => apparatus.signals.append(sample)),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
