/** A pipeline that isn't there, on virtual time: nodes, edges with rules, calls that meet them. For tests of what nemeses do and claim. */
import type { Driver, NodeState } from '../harness/drivers/types.ts';
import type { FaultRecord, TrafficRecord } from '../harness/history/index.ts';
import type { FaultAction, FaultPlane, FaultRule, RequestView } from '../harness/proxy/types.ts';
import type { Nemesis, NemesisContext, PlannedFault, TargetProbe } from './nemesis.ts';
import type { NodeFaultChange, NodeFaultState, NodeFaultSwitch } from './node-faults.ts';

export interface FakeCall {
  readonly from: string;
  readonly to: string;
  readonly kind?: string;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly fencingToken?: number;
  readonly path?: string;
  readonly body?: string;
  /** What the callee answers, decided when the request reaches it; 200 by default. */
  readonly status?: number | (() => number);
  /** Nobody listens where it goes. */
  readonly isRefused?: () => boolean;
}

export interface World {
  readonly context: NemesisContext;
  readonly signal: AbortSignal;
  readonly records: readonly TrafficRecord[];
  readonly states: ReadonlyMap<string, NodeState>;
  /** Verbs the driver was asked for, in order, for example `pause order-1`. */
  readonly verbs: readonly string[];
  readonly notes: readonly string[];
  readonly rules: ReadonlySet<FaultRule>;
  /** What is wrong inside nodes, for tests to look at and to bring about effects. */
  readonly insides: FakeInsides;
  nowMs(): number;
  call(call: FakeCall): Promise<TrafficRecord>;
  /** Every so often while time passes, beginning one period from now. */
  every(periodMs: number, work: () => void): void;
  at(ms: number, work: () => void): void;
  abort(): void;
  /** Lets time pass until the promise settles. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** Injects the fault and lets time pass until it is over. */
  inject(nemesis: Nemesis, options?: PlannedFault['options']): Promise<FaultRecord>;
}

export interface WorldOptions {
  readonly driver?: Partial<Driver>;
  readonly target?: Partial<TargetProbe>;
  readonly random?: () => number;
  /** The nodes are told what is to be wrong, and nothing comes of it. */
  readonly nodesIgnoreFaults?: true;
}

export interface FakeInsides extends NodeFaultSwitch {
  readonly changes: readonly { readonly node: string; readonly change: NodeFaultChange }[];
  faultsOf(node: string): NodeFaultState['faults'];
  /** What its disk counts from now on. */
  count(node: string, disk: Partial<NodeFaultState['disk']>): void;
}

const roles: Readonly<Record<string, readonly string[]>> = {
  replica: ['replica-1', 'replica-2', 'replica-3'],
  order: ['order-1', 'order-2', 'order-3'],
  payment: ['payment-1', 'payment-2'],
};
const nodes = Object.values(roles).flat();
/** How long a caller waits for an answer. */
const patienceMs = 1000;
/** A test in which this much time passes has lost its way. */
const longestRunMs = 3_600_000;

export function createWorld(options: WorldOptions = {}): World {
  const aborting = new AbortController();
  const time = createTime();
  const verbs: string[] = [];
  const notes: string[] = [];
  const states = new Map<string, NodeState>(nodes.map((node) => [node, 'running']));
  const { plane, rules, records, call } = createPlane(time);
  const insides = createInsides(time, options.nodesIgnoreFaults === true, states);
  const context: NemesisContext = {
    driver: { ...fakeDriver(states, verbs), ...options.driver },
    plane,
    target: {
      leader: () => Promise.resolve({ node: 'order-2', token: 7 }),
      replicaTokens: () => Promise.resolve(new Map()),
      healthy: () => Promise.resolve(),
      replicas: roles['replica'] ?? [],
      nodes,
      nodesOfRole: (role) => roles[role] ?? [],
      leaderScope: 'orders',
      leaseKey: 'lease/orders',
      leaseMs: 2000,
      nodeFaults: insides,
      ...options.target,
    },
    now: () => time.nowMs() * 1e6,
    sleep: time.sleep,
    random: options.random ?? (() => 0),
    note: (message) => void notes.push(message),
  };
  return {
    context,
    signal: aborting.signal,
    records,
    states,
    verbs,
    notes,
    rules,
    insides,
    nowMs: time.nowMs,
    call,
    every: (periodMs, work) => {
      const again = (): void => {
        work();
        time.after(periodMs, again);
      };
      time.after(periodMs, again);
    },
    at: (ms, work) => time.after(ms - time.nowMs(), work),
    abort: () => aborting.abort(new Error('the run was stopped')),
    run: time.run,
    inject: (nemesis, given = {}) =>
      time.run(nemesis.inject({ id: `${nemesis.name}-1`, nemesis: nemesis.name, atMs: 0, options: given }, context, aborting.signal)),
  };
}

interface Time {
  nowMs(): number;
  after(ms: number, work: () => void): () => void;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  run<T>(promise: Promise<T>): Promise<T>;
}

function createTime(): Time {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly work: () => void }>();
  const after = (ms: number, work: () => void): (() => void) => {
    const timer = { atMs: nowMs + Math.max(0, ms), work };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    nowMs: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        });
        if (signal?.aborted === true) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      }),
    async run(promise) {
      let settled = false;
      void promise.catch(() => undefined).finally(() => (settled = true));
      for (;;) {
        // Whatever is due without time passing happens first.
        await new Promise((resolve) => setImmediate(resolve));
        if (settled) return promise;
        const next = [...timers].reduce<{ atMs: number; work: () => void } | undefined>(
          (first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first),
          undefined,
        );
        if (next === undefined || next.atMs > longestRunMs)
          throw new Error(`after ${nowMs} ms nothing is left that could settle the promise`);
        timers.delete(next);
        nowMs = next.atMs;
        next.work();
      }
    },
  };
}

function fakeDriver(states: Map<string, NodeState>, verbs: string[]): Driver {
  const pids = new Map(nodes.map((node, index) => [node, 100 + index]));
  let nextPid = 1000;
  const become = (verb: string, state: NodeState) => async (node: string) => {
    verbs.push(`${verb} ${node}`);
    states.set(node, state);
  };
  return {
    name: 'fake',
    start: () => Promise.resolve(),
    stop: become('stop', 'exited'),
    kill: become('kill', 'exited'),
    pause: become('pause', 'paused'),
    async resume(node) {
      verbs.push(`resume ${node}`);
      if (states.get(node) === 'paused') states.set(node, 'running');
    },
    async restart(node) {
      verbs.push(`restart ${node}`);
      states.set(node, 'running');
      pids.set(node, nextPid++);
    },
    status: (node) => Promise.resolve({ state: states.get(node) ?? 'absent', pid: pids.get(node) ?? 0 }),
    dispose: () => Promise.resolve([]),
  };
}

const soundFaults: NodeFaultState['faults'] = {
  clock: { offsetMs: 0, wallRate: 1, monotonicRate: 1 },
  disk: { full: false, syncDelayMs: 0, holdSyncs: false },
};

/** Clocks that go as they are told to, and disks that only count what a test says. A node that is down answers nothing. */
function createInsides(time: Time, deaf: boolean, states: ReadonlyMap<string, NodeState>): FakeInsides {
  const changes: { readonly node: string; readonly change: NodeFaultChange }[] = [];
  const faults = new Map<string, NodeFaultState['faults']>();
  const skewedSinceMs = new Map<string, number>();
  const disks = new Map<string, NodeFaultState['disk']>();
  const faultsOf = (node: string): NodeFaultState['faults'] => faults.get(node) ?? soundFaults;
  const read = (node: string): NodeFaultState => {
    if (states.get(node) === 'exited') throw new Error(`${node} is down`);
    const { clock } = faultsOf(node);
    const sinceMs = skewedSinceMs.get(node) ?? 0;
    const goneMs = time.nowMs() - sinceMs;
    return {
      faults: faultsOf(node),
      clock: { wallMs: sinceMs + clock.offsetMs + goneMs * clock.wallRate, monotonicMs: sinceMs + goneMs * clock.monotonicRate },
      disk: disks.get(node) ?? { refusedAppends: 0, delayedSyncs: 0, unsyncedBytes: 0 },
    };
  };
  return {
    changes,
    faultsOf,
    count: (node, disk) => void disks.set(node, { refusedAppends: 0, delayedSyncs: 0, unsyncedBytes: 0, ...disk }),
    state: async (node) => read(node),
    apply: async (node, change) => {
      if (states.get(node) === 'exited') throw new Error(`${node} is down`);
      changes.push({ node, change });
      if (!deaf) {
        const before = faultsOf(node);
        faults.set(node, { clock: { ...before.clock, ...change.clock }, disk: { ...before.disk, ...change.disk } });
        if (change.clock !== undefined) skewedSinceMs.set(node, time.nowMs());
      }
      return read(node);
    },
  };
}

interface FakePlane {
  readonly plane: FaultPlane;
  readonly rules: ReadonlySet<FaultRule>;
  readonly records: readonly TrafficRecord[];
  call(call: FakeCall): Promise<TrafficRecord>;
}

/** Does what the edge proxies do with each action, as far as records show it. */
function createPlane(time: Time): FakePlane {
  const rules = new Set<FaultRule>();
  const listeners = new Set<(record: TrafficRecord) => void>();
  const records: TrafficRecord[] = [];
  const nowNs = (): number => time.nowMs() * 1e6;
  const record = (fields: Omit<TrafficRecord, 'id'>): TrafficRecord => {
    const numbered = { id: records.length, ...fields };
    records.push(numbered);
    for (const listener of listeners) listener(numbered);
    return numbered;
  };
  const call = async (wanted: FakeCall): Promise<TrafficRecord> => {
    const { from, to, status, isRefused, body = '{}', ...meaning } = wanted;
    const receivedAt = nowNs();
    const view: RequestView = {
      edge: { from, to },
      method: 'POST',
      path: '/',
      headers: {},
      receivedAt,
      ...(meaning.fencingToken === undefined ? {} : { fenceScope: 'orders' }),
      ...meaning,
    };
    const action = [...rules].reduce<FaultAction | undefined>((decided, rule) => decided ?? rule.decide(view), undefined);
    const { edge, headers: _headers, ...common } = view;
    const base = {
      ...common,
      edge: `${edge.from}->${edge.to}`,
      from,
      to,
      requestDigest: body,
      requestBytes: body.length,
      responseBytes: 0,
      faults: action === undefined ? [] : [action.label],
    };
    const end = (outcome: TrafficRecord['outcome'], more: Partial<TrafficRecord> = {}): TrafficRecord =>
      record({ ...base, ...more, endedAt: nowNs(), outcome });
    /** Who has had enough first. */
    const silence = (until: Promise<void>): Promise<'dropped' | 'caller-closed'> =>
      Promise.race([until.then(() => 'dropped' as const), time.sleep(patienceMs).then(() => 'caller-closed' as const)]);

    await action?.holdUntil;
    if (action?.delayRequestMs !== undefined) await time.sleep(action.delayRequestMs);
    if (action?.transferMs !== undefined) await time.sleep(action.transferMs('request', body.length));
    if (action?.silence?.of === 'request') return end(await silence(action.silence.until));
    if (action?.refuse === true) return end('dropped');
    if (action?.respondWith !== undefined) return end('completed', { status: action.respondWith.status });
    if (isRefused?.() === true) return end('callee-refused');
    const forwardedAt = nowNs();
    await time.sleep(1);
    const answered = { forwardedAt, status: typeof status === 'function' ? status() : (status ?? 200), respondedAt: nowNs() };
    if (action?.silence?.of === 'response') return end(await silence(action.silence.until), answered);
    if (action?.dropResponse === true) return end('dropped', answered);
    if (action?.delayResponseMs !== undefined) await time.sleep(action.delayResponseMs);
    if (action?.transferMs !== undefined) await time.sleep(action.transferMs('response', 0));
    const first = end('completed', answered);
    if (action?.duplicate !== undefined) {
      const { mutateBody } = action.duplicate;
      const copied = mutateBody === undefined ? Buffer.from(body) : answered.status === 200 ? mutateBody(Buffer.from(body)) : undefined;
      if (copied !== undefined) {
        await time.sleep(1);
        record({
          ...base,
          ...answered,
          requestDigest: copied.toString(),
          endedAt: nowNs(),
          outcome: 'completed',
          faults: [...base.faults, 'copy'],
        });
      }
    }
    return first;
  };
  return {
    rules,
    records,
    call,
    plane: {
      addRule(rule) {
        rules.add(rule);
        return () => void rules.delete(rule);
      },
      onTraffic(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}

/** Do all of them hold? */
export function allHold({ proofs }: FaultRecord): boolean {
  return proofs.length > 0 && proofs.every(({ holds }) => holds);
}
