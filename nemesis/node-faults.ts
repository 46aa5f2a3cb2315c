/** Faults inside a node: of its clock and its disk, switched by the node itself, which is asked to over its own address. */
import type { FaultAccount } from './account.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';
import { waitFor } from './wait.ts';

/** What is to be changed; what isn't named stays as it is, so that faults of one node can overlap. */
export interface NodeFaultChange {
  readonly clock?: { readonly offsetMs?: number; readonly wallRate?: number; readonly monotonicRate?: number };
  readonly disk?: { readonly full?: boolean; readonly syncDelayMs?: number; readonly holdSyncs?: boolean };
}

export interface NodeFaultState {
  readonly faults: {
    readonly clock: Required<NonNullable<NodeFaultChange['clock']>>;
    readonly disk: Required<NonNullable<NodeFaultChange['disk']>>;
  };
  /** What the node takes the time to be. */
  readonly clock: { readonly wallMs: number; readonly monotonicMs: number };
  /** Counted since the node began: appends that failed and syncs that took longer. And the bytes that a kill would lose now. */
  readonly disk: { readonly refusedAppends: number; readonly delayedSyncs: number; readonly unsyncedBytes: number };
}

export interface NodeFaultSwitch {
  state(node: string, signal: AbortSignal): Promise<NodeFaultState>;
  /** The state after the change. */
  apply(node: string, change: NodeFaultChange, signal: AbortSignal): Promise<NodeFaultState>;
}

/** A paused node answers once it goes on; one that still doesn't after this is given up. */
const healTimeoutMs = 20_000;

export function requireSwitch(fault: PlannedFault, { target }: Pick<NemesisContext, 'target'>): NodeFaultSwitch {
  if (target.nodeFaults === undefined) throw new Error(`${fault.nemesis}: the nodes of this target have no switch for faults of their own`);
  return target.nodeFaults;
}

/** Throws unless each of them is a replica: only replicas keep anything on a disk. */
export function requireDisks(fault: PlannedFault, nodes: readonly string[], { target }: Pick<NemesisContext, 'target'>): void {
  const without = nodes.filter((node) => !target.replicas.includes(node));
  if (without.length > 0)
    throw new Error(`${fault.nemesis}: ${without.join(', ')} keep nothing on a disk; only ${target.replicas.join(', ')} do`);
}

/**
 * Switches a fault on in these nodes, carries on with `work`, and switches it off in all of them whatever happens. A node that has died
 * since has forgotten it, which is as good. Throws when a node could not be healed.
 */
export async function whileBroken<Result>(
  { fault, nodes, change, healing }: { fault: PlannedFault; nodes: readonly string[]; change: NodeFaultChange; healing: NodeFaultChange },
  context: NemesisContext,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const faults = requireSwitch(fault, context);
  const broken: string[] = [];
  try {
    for (const node of nodes) {
      // Before it is asked to: a request whose answer is lost may have been heard.
      broken.push(node);
      await faults.apply(node, change, signal);
    }
    return await work();
  } finally {
    await healAll(fault, broken, healing, context);
  }
}

async function healAll(fault: PlannedFault, nodes: readonly string[], healing: NodeFaultChange, context: NemesisContext): Promise<void> {
  const faults = requireSwitch(fault, context);
  const outcomes = await Promise.all(nodes.map(async (node) => ({ node, healed: await heal(node, healing, faults, context) })));
  const left = outcomes.flatMap(({ node, healed }) => (healed ? [] : [node]));
  if (left.length > 0) throw new Error(`${fault.nemesis}: ${left.join(', ')} did not take the fault back within ${healTimeoutMs} ms`);
}

async function heal(node: string, healing: NodeFaultChange, faults: NodeFaultSwitch, context: NemesisContext): Promise<boolean> {
  // Of its own: whoever stopped the run wants it healed all the same.
  const { signal } = new AbortController();
  const healed = await waitFor(
    context,
    async () => {
      if ((await context.driver.status(node)).state === 'exited') return true;
      await faults.apply(node, healing, signal);
      return true;
    },
    healTimeoutMs,
    signal,
  );
  return healed === true;
}

/** The state of each node, where it has one to tell; claims that the fault is still in force there. */
export async function statesOf(
  fault: PlannedFault,
  nodes: readonly string[],
  isInForce: (state: NodeFaultState) => boolean,
  account: FaultAccount,
  context: NemesisContext,
): Promise<ReadonlyMap<string, NodeFaultState>> {
  const faults = requireSwitch(fault, context);
  const { signal } = new AbortController();
  const states = new Map<string, NodeFaultState>();
  await Promise.all(
    nodes.map(async (node) => {
      const state = await faults.state(node, signal).catch(() => undefined);
      if (state !== undefined) states.set(node, state);
    }),
  );
  for (const node of nodes) {
    const state = states.get(node);
    account.prove(
      `the fault was in force in ${node} until it was healed`,
      state !== undefined && isInForce(state),
      state === undefined ? 'the node did not answer' : undefined,
    );
  }
  return states;
}
