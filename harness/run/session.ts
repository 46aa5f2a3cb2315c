/**
 * The part of a run during which something is deployed. Whatever happens in it, faults are healed and everything started is stopped;
 * what was seen until then is returned.
 */
import path from 'node:path';
import type { Nemesis, NemesisContext, PlannedFault } from '../../nemesis/index.ts';
import { type ClientStats, noStats, runClients } from '../client/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { createLocalDriver, type LocalDriver, openJournal } from '../drivers/index.ts';
import { createRandom, type Random } from '../generator/index.ts';
import {
  createRecorder,
  type FaultRecord,
  type JsonLinesFile,
  type Ledger,
  type Operation,
  openJsonLines,
  type Recorder,
  type RunWindow,
  type TrafficRecord,
} from '../history/index.ts';
import { createProxyPlane, type ProxyPlane } from '../proxy/index.ts';
import { startScraping } from '../signals/index.ts';
import type { DeploymentOptions, Target } from '../targets/index.ts';
import type { Workload } from '../workloads/index.ts';
import type { RunClock } from './clock.ts';
import { readTraffic } from './collect.ts';
import { type Deployment, deploy } from './deployment.ts';
import { type EvidenceWatch, watchEvidence } from './evidence-watch.ts';
import { watchForViolation } from './fail-fast.ts';
import { runFaults } from './fault-runner.ts';
import { lastLogLines } from './log-tail.ts';
import { planFor } from './plan.ts';
import type { Patience } from './quiesce.ts';
import { createRemarks, type Remark, type Remarks } from './remarks.ts';
import { runFiles } from './saved-run.ts';
import { settle } from './settle.ts';
import { type Stalls, watchStalls } from './stalls.ts';
import { probeOf } from './target-probe.ts';
import { createWindows, type Windows } from './windows.ts';

export interface SessionOptions {
  readonly config: ResolvedConfig;
  readonly target: Target;
  readonly workload: Workload;
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  readonly runDirectory: string;
  readonly clock: RunClock;
  readonly signal: AbortSignal;
  readonly observer: SessionObserver;
  readonly limits: SessionLimits;
}

/** How long what may take. */
export interface SessionLimits {
  /** Until every node is ready, after deployment and after a fault. */
  readonly healthyMs: number;
  readonly patience: Patience;
  /** After an interruption somebody is waiting. */
  readonly impatience: Patience;
  readonly finalReadsMs: number;
}

export const sessionLimits: SessionLimits = {
  healthyMs: 30_000,
  patience: { stallMs: 25_000, limitMs: 180_000 },
  impatience: { stallMs: 3000, limitMs: 5000 },
  finalReadsMs: 60_000,
};

/** What a person watching is told. */
export interface SessionObserver {
  phase(name: string): void;
  note(text: string): void;
  /** For the live line. */
  watch(sources: { readonly operations: readonly Operation[]; readonly activeFaults: ReadonlySet<string> }): void;
}

export interface SessionResult {
  readonly history: readonly Operation[];
  readonly faults: readonly FaultRecord[];
  readonly windows: readonly RunWindow[];
  readonly replicas: readonly string[];
  readonly stats: ClientStats;
  readonly ledger: Ledger | undefined;
  /** What happened that was not planned. */
  readonly remarks: readonly Remark[];
  /** What could not be removed. */
  readonly leftovers: readonly string[];
}

const scrapeIntervalMs = 500;
/** A smaller share of missed arrivals changes no figure. */
const notableShareMissed = 0.01;

export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { runDirectory, clock } = options;
  const evidence = watchEvidence(options.signal);
  const journal = openJournal(runDirectory);
  const driver = createLocalDriver({ runDirectory, journal });
  const traffic = openJsonLines(path.join(runDirectory, runFiles.traffic));
  const plane = createProxyPlane({
    now: clock.now,
    classify: options.target.classify,
    ...(options.target.headerNames === undefined ? {} : { headerNames: options.target.headerNames }),
    onRecord: (record) => evidence.keep(() => traffic.append(record)),
  });
  const recorder = createRecorder({ path: path.join(runDirectory, runFiles.history), now: clock.now });
  const signals = openJsonLines(path.join(runDirectory, runFiles.signals));
  const session = new Session({ ...options, signal: evidence.signal }, { driver, plane, recorder, traffic, signals, evidence });
  const failures: unknown[] = [];
  const attempt = (work: () => Promise<unknown>): Promise<unknown> => work().catch((error: unknown) => failures.push(error));
  await attempt(() => session.run());
  options.observer.phase('tear down');
  // One after the other and whatever happens, so that nothing that fails keeps the rest from being stopped and kept.
  let leftovers: readonly string[] = [];
  await attempt(async () => {
    leftovers = await driver.dispose();
  });
  for (const part of [plane, traffic, signals, recorder]) await attempt(() => part.close());
  evidence.stop();
  if (failures.length === 0) return { ...session.result(), leftovers };
  for (const leftover of leftovers) options.observer.note(`left behind: ${leftover}; \`harness recover\` ends it`);
  throw failures[0];
}

interface SessionParts {
  readonly driver: LocalDriver;
  readonly plane: ProxyPlane;
  readonly recorder: Recorder;
  readonly traffic: JsonLinesFile;
  readonly signals: JsonLinesFile;
  readonly evidence: EvidenceWatch;
}

class Session {
  readonly #options: SessionOptions;
  readonly #deployment: DeploymentOptions;
  readonly #driver: LocalDriver;
  readonly #plane: ProxyPlane;
  readonly #recorder: Recorder;
  readonly #traffic: JsonLinesFile;
  readonly #signals: JsonLinesFile;
  readonly #evidence: EvidenceWatch;
  readonly #windows: Windows;
  readonly #activeFaults = new Set<string>();
  readonly #remarks: Remarks;
  readonly #stalls: Stalls;
  /** How nodes ended that did so by themselves. */
  readonly #ends = new Map<string, string>();
  #replicas: readonly string[] = [];
  #faults: readonly FaultRecord[] = [];
  #stats: ClientStats | undefined;
  #ledger: Ledger | undefined;

  constructor(options: SessionOptions, { driver, plane, recorder, traffic, signals, evidence }: SessionParts) {
    const { replicas, readQuorum, writeQuorum, leaseMs, bug } = options.config;
    this.#options = options;
    this.#deployment = { replicas, readQuorum, writeQuorum, leaseMs, ...(bug === undefined ? {} : { bug }) };
    this.#driver = driver;
    this.#plane = plane;
    this.#recorder = recorder;
    this.#traffic = traffic;
    this.#signals = signals;
    this.#evidence = evidence;
    this.#windows = createWindows(options.clock.now);
    this.#stalls = watchStalls(options.clock.now);
    this.#remarks = createRemarks(({ text }) => options.observer.note(text));
  }

  result(): Omit<SessionResult, 'leftovers'> {
    return {
      history: this.#recorder.operations,
      faults: this.#faults,
      windows: this.#windows.all,
      replicas: this.#replicas,
      stats: this.#stats ?? noStats,
      ledger: this.#ledger,
      remarks: this.#remarks.all,
    };
  }

  async run(): Promise<void> {
    const { observer, signal, config } = this.#options;
    observer.watch({ operations: this.#recorder.operations, activeFaults: this.#activeFaults });
    const stopWatching = this.#watchNodes();
    this.#windows.enter('deploy');
    observer.phase('deploy');
    try {
      const deployment = await this.#deploy();
      const stopScraping = this.#scrape(deployment);
      try {
        await this.#load(deployment);
        this.#evidence.throwIfLost();
        this.#windows.end();
        this.#ledger = await settle({
          ...this.#options,
          deployment,
          deploymentOptions: this.#deployment,
          driver: this.#driver,
          remarks: this.#remarks,
          stalls: this.#stalls,
          enter: (name) => this.#enter(name),
          traffic: () => this.#readTraffic(),
        });
      } finally {
        await stopScraping();
      }
    } catch (error) {
      this.#evidence.throwIfLost();
      // An interrupted run goes on to report what it has.
      if (!signal.aborted) throw error;
      if (error !== signal.reason) this.#doubt(`something failed after the interruption: ${messageOf(error)}`);
    } finally {
      this.#windows.end();
      stopWatching();
      this.#stalls.stop();
    }
    if (signal.aborted) this.#doubt(`the run was stopped before its time: ${messageOf(signal.reason)}`);
    this.#remarkOnLoad(config.concurrency);
  }

  #doubt(text: string): void {
    this.#remarks.add({ text, spoils: true });
  }

  #watchNodes(): () => void {
    return this.#driver.onExit((node, { exit, expected }) => {
      if (expected) return;
      this.#ends.set(node, exit);
      const logLines = lastLogLines(this.#options.runDirectory, node);
      this.#remarks.add({ text: `${node} ended by itself (${exit})`, spoils: true, logLines });
    });
  }

  /** Resolves once every node is ready. */
  async #deploy(): Promise<Deployment> {
    const { config, target, clock, signal, runDirectory, limits } = this.#options;
    const deployment = await deploy({
      target,
      driver: this.#driver,
      plane: this.#plane,
      runDirectory,
      deployment: this.#deployment,
      endedByItself: (node) => this.#ends.get(node),
      sleep: clock.sleep,
      ...(config.basePort === undefined ? {} : { basePort: config.basePort }),
    });
    this.#replicas = deployment.nodes.filter((node) => node.role === target.replicaRole).map((node) => node.name);
    await deployment.healthy(signal, limits.healthyMs);
    return deployment;
  }

  /** What makes figures differ from what was asked for. It spoils nothing: the history is as true as ever. */
  #remarkOnLoad(concurrency: number | undefined): void {
    const stoodStillMs = this.#stalls.totalNs() / 1e6;
    if (stoodStillMs > 0) {
      const text = `the harness itself stood still for ${(stoodStillMs / 1000).toFixed(1)} s; latencies and time-outs of that time are its own`;
      this.#remarks.add({ text, spoils: false });
    }
    const { missed, invoked } = this.#stats ?? noStats;
    if (missed > notableShareMissed * (missed + invoked)) {
      const clients = concurrency === undefined ? 'all clients' : `all ${concurrency} clients`;
      this.#remarks.add({ text: `${missed} of ${missed + invoked} arrivals were never made, since ${clients} were busy`, spoils: false });
    }
  }

  #scrape({ addresses }: Deployment): () => Promise<void> {
    const { target, clock } = this.#options;
    const { metricsPath } = target;
    if (metricsPath === undefined) return () => Promise.resolve();
    return startScraping({
      urls: new Map([...addresses].map(([node, url]) => [node, `${url}${metricsPath}`])),
      intervalMs: scrapeIntervalMs,
      now: clock.now,
      onSample: (sample) => this.#evidence.keep(() => this.#signals.append(sample)),
    });
  }

  /** Clients and faults side by side, until the time is up or the run is interrupted. */
  async #load(deployment: Deployment): Promise<void> {
    const { config, workload, signal, clock, observer, limits } = this.#options;
    const plan = planFor(this.#options);
    const load = new AbortController();
    const endLoad = (): void => load.abort(new Error('the load has ended'));
    signal.addEventListener('abort', endLoad, { once: true });
    const stopFaults = load.signal;
    const stopWatching = this.#watchForViolation(endLoad);
    const beganAt = clock.now();
    const elapsedMs = (): number => (clock.now() - beganAt) / 1e6;
    const until = (atMs: number, stop: AbortSignal): Promise<void> => clock.sleep(atMs - elapsedMs(), stop);

    const clients = runClients({
      ...workload.load({ rate: config.rate, concurrency: config.concurrency, seed: config.seed, timeMs: config.timeMs }),
      client: workload.client(deployment.clientUrls, config.seed),
      recorder: this.#recorder,
      now: clock.now,
      signal: load.signal,
    });
    const story = async (): Promise<void> => {
      this.#enter('warm-up');
      await until(plan.warmUpMs, stopFaults);
      this.#enter('clean-before');
      const faultsAtMs = plan.warmUpMs + plan.cleanBeforeMs;
      await until(faultsAtMs, stopFaults);
      if (plan.faults.length === 0) return;
      this.#enter('faults');
      this.#faults = await runFaults({
        faults: plan.faults,
        nemeses: this.#options.nemeses,
        contextFor: (fault) => this.#contextFor(fault, deployment),
        recorder: this.#recorder,
        waitUntil: (atMs, stop) => until(faultsAtMs + atMs, stop),
        healthy: (stop) => deployment.healthy(stop, limits.healthyMs),
        onUnhealthy: (fault, reason) => this.#doubt(`after ${fault} was healed, ${reason}`),
        active: this.#activeFaults,
        signal: stopFaults,
      });
      if (this.#faults.length < plan.faults.length) {
        this.#remarks.add({
          text: `${this.#faults.length} of ${plan.faults.length} planned faults were injected; there was no time for the others`,
          spoils: false,
        });
      } else observer.note(`${this.#faults.length} faults injected`);
      // A pipeline that isn't well again is still under the load, and has had no clean window.
      const isWell = await deployment.healthy(stopFaults, limits.healthyMs).then(
        () => true,
        () => false,
      );
      if (isWell) this.#enter('clean-after');
    };
    let storyFailure: unknown;
    const told = story().catch((error: unknown) => {
      if (stopFaults.aborted) return;
      // The clients are told to stop, and then it is thrown: a rejection that nobody awaits yet would bring down the harness.
      storyFailure = error;
      endLoad();
    });
    try {
      this.#stats = await clients;
    } finally {
      await stopWatching();
      endLoad();
      signal.removeEventListener('abort', endLoad);
      await told;
    }
    if (storyFailure !== undefined) throw storyFailure;
  }

  /** With `--fail-fast`, ends the load at the first violation; what follows (healing, final reads, the verdict) is as always. */
  #watchForViolation(endLoad: () => void): () => Promise<void> {
    const { config, observer, runDirectory } = this.#options;
    if (!config.failFast) return () => Promise.resolve();
    return watchForViolation({
      historyFile: path.join(runDirectory, runFiles.history),
      onViolation: (summary) => {
        // The verdict at the end is made by the checkers, of everything. Should they not agree, the run was still cut short.
        this.#doubt(`stopped early: ${summary}`);
        endLoad();
      },
      onError: (message) => observer.note(`the fail-fast watcher failed: ${message}`),
    });
  }

  async #readTraffic(): Promise<readonly TrafficRecord[]> {
    await this.#traffic.flush();
    return readTraffic(path.join(this.#options.runDirectory, runFiles.traffic));
  }

  #enter(name: RunWindow['name']): void {
    this.#windows.enter(name);
    this.#options.observer.phase(name);
  }

  #contextFor(fault: PlannedFault, deployment: Deployment): NemesisContext {
    const { clock, observer, config, target, limits } = this.#options;
    const random: Random = createRandom(config.seed, `nemesis/${fault.id}`);
    return {
      driver: this.#driver,
      plane: this.#plane,
      target: probeOf({ target, deployment, replicas: this.#replicas, leaseMs: config.leaseMs, healthyMs: limits.healthyMs }),
      now: clock.now,
      sleep: clock.sleep,
      random: () => random.float(),
      note: (message) => observer.note(`${fault.id}: ${message}`),
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
