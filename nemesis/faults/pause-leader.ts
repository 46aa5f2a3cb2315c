/**
 * Pauses the node that leads for longer than its lease, with its writes held at the edge proxies, and lets both go once a successor leads
 * and every replica knows its token: so that a stale write physically arrives, and fencing has something to refuse.
 *
 * The hold matters. What a paused process sends after waking is suppressed by a correct lease check; a write that was already on its way
 * is not. (Kleppmann, "How to do distributed locking", 2016: the client that paused between acquiring and writing.)
 */
import type { FaultRecord, TrafficRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import { type Hold, holdRequests } from '../hold.ts';
import type { Nemesis, NemesisContext, PlannedFault, TargetProbe } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { waitFor } from '../wait.ts';

const replicaWrite = 'replica-write';
/** How long the leader's writes may take to appear at every edge. Well below any lease, or the lease would end before the pause. */
const holdWindowMs = 900;

interface Facts {
  scope?: string;
  oldLeader?: string;
  oldToken?: number;
  newLeader?: string;
  newToken?: number;
  pausedAt?: number;
  successorAt?: number;
  resumedAt?: number;
  releasedAt?: number;
  held?: readonly { readonly edge: string; readonly key: string | undefined }[];
}

const options = {
  holdMs: { default: 0, description: 'how much longer to stay paused once the successor is in force, milliseconds' },
  // Some of them the successor will never touch, so only a fence stops those.
  heldKeys: { default: 3, description: 'distinct objects whose writes are held before the pause' },
  restartReplicas: { default: false, description: 'restart every replica before the stale writes are let go' },
} as const;

export const pauseLeader: Nemesis = {
  name: 'pause-leader',
  description: 'Pauses the leader past its lease with its writes held on the wire, then resumes it and lets the stale writes arrive.',
  provenBy: 'the process state, a higher token at every replica, and stale writes that reached every replica',
  options,
  colour: '#c2410c',
  typicalDurationMs: ({ leaseMs }, given) => leaseMs * 1.5 + 1500 + millisecondsOf(given, 'holdMs', options.holdMs),
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { holdMs, heldKeys, restartReplicas } = readOptions(fault, options);
  const account = openAccount(fault, context);
  const { prove } = account;
  const facts: Facts = {};
  const finish = (): FaultRecord => account.close({ ...facts });

  const leader = await waitFor(context, () => context.target.leader(signal), context.target.leaseMs * 3, signal);
  if (leader === undefined) {
    prove('a node led when the fault began', false, 'no leader was found');
    return finish();
  }
  account.hit(leader.node);
  const scope = context.target.leaderScope;
  Object.assign(facts, { scope, oldLeader: leader.node, oldToken: leader.token });

  const successorWrites = watchSuccessor(context, scope, leader.token);
  const hold = holdRequests(
    context.plane,
    fault.id,
    'held',
    (request) =>
      request.kind === replicaWrite &&
      request.fenceScope === scope &&
      request.fencingToken === leader.token &&
      request.edge.from === leader.node,
  );
  let paused = false;
  try {
    await waitFor(context, () => enoughHeld(hold, context.target, heldKeys), holdWindowMs, signal);
    // Also when the pause fails half-way, the node is resumed.
    paused = true;
    await context.driver.pause(leader.node);
    facts.pausedAt = context.now();
    hold.stopHolding();
    facts.held = hold.held.map(({ edge, key }) => ({ edge, key }));
    const state = (await context.driver.status(leader.node)).state;
    prove(`${leader.node} was stopped`, state === 'paused', `state: ${state}`);
    context.note(`${leader.node} (token ${leader.token}) paused with ${hold.held.length} writes on the wire`);

    await awaitSuccessor(context, facts, leader, prove, signal);
    await waitFor(context, () => (successorWrites.acknowledged() ? true : undefined), 5000, signal);
    prove('a write of the successor was acknowledged before the stale writes were let go', successorWrites.acknowledged());
    if (restartReplicas) await restartAll(context, signal);
    await context.sleep(holdMs, signal).catch(() => undefined);
  } finally {
    // Whatever happened: nothing more is held, what was held goes on, and the node runs.
    hold.stopHolding();
    try {
      if (paused) await context.driver.resume(leader.node);
      facts.resumedAt = context.now();
    } finally {
      hold.release();
      facts.releasedAt = context.now();
    }
  }
  context.note(`${leader.node} resumed, ${hold.held.length} stale writes let go`);
  await waitFor(context, () => (hold.ended.length >= hold.held.length ? true : undefined), 5000, signal);
  hold.dispose();
  successorWrites.stop();
  proveArrivals(context, hold.ended, prove);
  return finish();
}

/** Every replica has a write of each of some objects waiting for it. The lease's own renewal doesn't count: it is no effect. */
function enoughHeld(hold: Hold, { replicas, leaseKey }: TargetProbe, wanted: number): true | undefined {
  const keysHeldFor = (replica: string): ReadonlySet<unknown> =>
    new Set(hold.held.filter(({ to, key }) => to === replica && key !== leaseKey).map(({ key }) => key));
  const complete = replicas.every((replica) => keysHeldFor(replica).size >= wanted);
  return complete ? true : undefined;
}

async function awaitSuccessor(
  context: NemesisContext,
  facts: Facts,
  deposed: { readonly node: string; readonly token: number },
  prove: (claim: string, holds: boolean, detail?: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { target } = context;
  const timeoutMs = target.leaseMs * 4 + 10_000;
  const successor = await waitFor(
    context,
    async () => {
      const now = await target.leader(signal);
      return now !== undefined && now.node !== deposed.node && now.token > deposed.token ? now : undefined;
    },
    timeoutMs,
    signal,
  );
  if (
    !prove(
      'a successor with a higher token took over',
      successor !== undefined,
      successor === undefined
        ? signal.aborted
          ? 'the run was stopped first'
          : `none within ${timeoutMs} ms`
        : `${successor.node}, token ${successor.token}`,
    )
  )
    return;
  Object.assign(facts, { newLeader: successor?.node, newToken: successor?.token, successorAt: context.now() });
  const token = successor?.token ?? 0;
  const known = await waitFor(
    context,
    async () => {
      const tokens = await target.replicaTokens(signal);
      return target.replicas.every((replica) => (tokens.get(replica) ?? 0) >= token) ? true : undefined;
    },
    timeoutMs,
    signal,
  );
  prove(`every replica knows token ${token}`, known === true);
  if (successor !== undefined)
    context.note(`${successor.node} leads with token ${successor.token}, known to ${target.replicas.length} replicas`);
}

/** Counts, by object, the replicas that acknowledged a write under a token above `deposedToken`. */
function watchSuccessor(context: NemesisContext, scope: string, deposedToken: number): { acknowledged(): boolean; stop(): void } {
  const majority = Math.floor(context.target.replicas.length / 2) + 1;
  const byWrite = new Map<string, Set<string>>();
  let acknowledged = false;
  const stop = context.plane.onTraffic((record) => {
    if (record.kind !== replicaWrite || record.fenceScope !== scope || (record.fencingToken ?? 0) <= deposedToken || record.status !== 200)
      return;
    if (record.key === context.target.leaseKey) return;
    const write = `${record.key}\n${record.fencingToken}\n${record.requestDigest}`;
    const replicas = byWrite.get(write) ?? new Set();
    byWrite.set(write, replicas.add(record.to));
    if (replicas.size >= majority) acknowledged = true;
  });
  return { acknowledged: () => acknowledged, stop };
}

async function restartAll(context: NemesisContext, signal: AbortSignal): Promise<void> {
  for (const replica of context.target.replicas) {
    await context.driver.kill(replica);
    await context.driver.restart(replica);
    await waitFor(context, async () => ((await context.target.replicaTokens(signal)).has(replica) ? true : undefined), 10_000, signal);
  }
}

function proveArrivals(
  context: NemesisContext,
  ended: readonly TrafficRecord[],
  prove: (claim: string, holds: boolean, detail?: string) => boolean,
): void {
  for (const replica of context.target.replicas) {
    const arrived = ended.filter((record) => record.to === replica && record.forwardedAt !== undefined && record.status !== undefined);
    prove(
      `a stale write reached ${replica}`,
      arrived.length > 0,
      `${arrived.length} of ${ended.filter((record) => record.to === replica).length} held writes were answered`,
    );
  }
}
