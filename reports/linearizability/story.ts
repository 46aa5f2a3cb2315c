/**
 * A linearizability violation as something to look at: the operations that contradict each other, the few around them, and the orders in
 * which everything but the impossible one could have taken effect. Plain data, made from what the checker found and the history.
 */
import { NEMESIS, type Operation } from '../../harness/history/index.ts';
import { callLabel, onlyObserves, outcomeOf } from './label.ts';

/** What the checker found. Operations are named by the `index` of their invocation. */
export interface Contradiction {
  readonly impossible: number;
  readonly core: readonly number[];
  readonly context: readonly number[];
  /** Without any one of the core, the rest has an explanation. */
  readonly minimal: boolean;
  /** States the object can have been in before the first operation of the core; empty when that is the beginning. */
  readonly statesBefore: readonly string[];
  /** The longest partial linearizations, and the state each leads to. */
  readonly orders: readonly { readonly calls: readonly number[]; readonly state: string }[];
  /** Every value the impossible operation could have met, whatever the order; absent when that was not worked out. */
  readonly allowed?: readonly unknown[];
}

/** Why an operation is in the picture. */
export type Role = 'impossible' | 'core' | 'context' | 'around';

export interface StoryCall {
  /** The `index` of its invocation. */
  readonly id: number;
  readonly completion?: number;
  readonly process: number;
  readonly label: string;
  readonly f: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly role: Role;
  readonly fromNs: number;
  /** Absent: nobody knows when, or whether, it took effect. */
  readonly toNs?: number;
  readonly node?: string;
  /** Lines of the history file, where it is known. */
  readonly lines?: readonly number[];
}

export interface StoryOrder {
  /** The last of them, in the order they would have taken effect. */
  readonly calls: readonly number[];
  /** How many came before these. */
  readonly earlier: number;
  readonly state: string;
}

/** Between two instants of the picture, so many operations of the same object began that are not in it. */
export interface Omission {
  readonly afterNs: number;
  readonly count: number;
}

export interface Story {
  /** The object it is about, when all that is shown concerns the same one. */
  readonly key?: string;
  readonly impossible: number;
  /** In the order of their invocations. */
  readonly calls: readonly StoryCall[];
  readonly orders: readonly StoryOrder[];
  readonly omissions: readonly Omission[];
  readonly minimal: boolean;
  /** How many operations contradict each other; the last of them are shown when there are too many. */
  readonly coreSize: number;
  readonly statesBefore: readonly string[];
  readonly allowed?: readonly unknown[];
  /** False: the history has no clock, and what stands for times are positions. */
  readonly timed: boolean;
}

export interface StoryOptions {
  /** Line of the file that holds the operation at this position. */
  readonly lineOf?: (position: number) => number | undefined;
  readonly timed?: boolean;
}

/** Of an order, at most so many of its last operations; more would bury the point. */
const shownOfOrder = 7;
/** Of a contradiction, at most so many of its last operations, and so many that these refer to. */
const shownOfCore = 24;
const shownOfContext = 8;
/** Of the operations that may take effect while the impossible one is open. */
const shownConcurrent = 4;
/** Without a contradiction to show, so many operations before the impossible one. */
const shownBefore = 6;

interface Pair {
  readonly invokedAt: number;
  readonly completedAt?: number;
}

/** `undefined` when the history does not hold the impossible operation. */
export function tellStory(found: Contradiction, history: readonly Operation[], options: StoryOptions = {}): Story | undefined {
  const pairs = pairUp(history);
  if (!pairs.has(found.impossible)) return undefined;
  const shown = choose(found, history, pairs);
  const keys = new Set([...shown.keys()].map((id) => invocationOf(id, pairs, history)?.key));
  const key = keys.size === 1 ? [...keys][0] : undefined;
  const calls = [...shown]
    .flatMap(([id, role]) => {
      const pair = pairs.get(id);
      return pair === undefined ? [] : [storyCall(id, role, pair, history, { ...options, keyed: keys.size > 1 })];
    })
    .sort((a, b) => a.fromNs - b.fromNs || a.id - b.id);
  return {
    ...(key === undefined ? {} : { key }),
    impossible: found.impossible,
    calls,
    orders: found.orders.map(({ calls: order, state }) => {
      // Without a gap, or the numbers would pass over operations in silence.
      let earlier = order.length;
      while (earlier > 0 && shown.has(order[earlier - 1] as number) && pairs.has(order[earlier - 1] as number)) earlier--;
      return { calls: order.slice(earlier), earlier, state };
    }),
    omissions: omissions(calls, found.impossible, history, key),
    minimal: found.minimal,
    coreSize: new Set([...latest(found.core, pairs), found.impossible]).size,
    statesBefore: found.statesBefore,
    ...(found.allowed === undefined ? {} : { allowed: found.allowed }),
    timed: options.timed ?? true,
  };
}

/** Index of the invocation → positions of both halves. */
function pairUp(history: readonly Operation[]): ReadonlyMap<number, Pair> {
  const pairs = new Map<number, Pair>();
  const open = new Map<number, { readonly index: number; readonly position: number }>();
  for (const [position, { index, process, type }] of history.entries()) {
    if (process === NEMESIS) continue;
    if (type === 'invoke') {
      open.set(process, { index, position });
      pairs.set(index, { invokedAt: position });
      continue;
    }
    const invocation = open.get(process);
    if (invocation === undefined) continue;
    pairs.set(invocation.index, { invokedAt: invocation.position, completedAt: position });
    open.delete(process);
  }
  return pairs;
}

/** The least telling role first, so that a more telling one replaces it. */
function choose(found: Contradiction, history: readonly Operation[], pairs: ReadonlyMap<number, Pair>): ReadonlyMap<number, Role> {
  const shown = new Map<number, Role>();
  for (const { calls } of found.orders) for (const id of calls.slice(-shownOfOrder)) shown.set(id, 'around');
  if (found.core.length === 0 && found.orders.length === 0) {
    const end = pairs.get(found.impossible)?.invokedAt ?? 0;
    const before = history.slice(0, end).filter((operation) => operation.type === 'invoke' && isAbout(operation, history[end]?.key));
    for (const { index } of before.slice(-shownBefore)) shown.set(index, 'around');
  }
  for (const id of concurrentEffects(found.impossible, history, pairs).slice(-shownConcurrent)) shown.set(id, 'around');
  for (const id of latest(found.context, pairs).slice(-shownOfContext)) shown.set(id, 'context');
  for (const id of latest(found.core, pairs).slice(-shownOfCore)) shown.set(id, 'core');
  shown.set(found.impossible, 'impossible');
  return shown;
}

/** Only invocations, in the order of the history. */
function latest(ids: readonly number[], pairs: ReadonlyMap<number, Pair>): readonly number[] {
  return ids.filter((id) => pairs.has(id)).sort((a, b) => a - b);
}

/** What may change the state while the impossible operation is open: the reader would ask whether that explains it. */
function concurrentEffects(impossible: number, history: readonly Operation[], pairs: ReadonlyMap<number, Pair>): readonly number[] {
  const asked = pairs.get(impossible);
  const invocation = asked === undefined ? undefined : history[asked.invokedAt];
  const completion = asked?.completedAt === undefined ? undefined : history[asked.completedAt];
  if (invocation === undefined || completion === undefined) return [];
  return [...pairs].flatMap(([id, pair]) => {
    const from = history[pair.invokedAt] as Operation;
    const to = pair.completedAt === undefined ? undefined : history[pair.completedAt];
    if (id === impossible || onlyObserves(from) || !isAbout(from, invocation.key) || to?.type === 'fail' || from.time > completion.time)
      return [];
    return to === undefined || to.type === 'info' || to.time >= invocation.time ? [id] : [];
  });
}

function invocationOf(id: number, pairs: ReadonlyMap<number, Pair>, history: readonly Operation[]): Operation | undefined {
  const pair = pairs.get(id);
  return pair === undefined ? undefined : history[pair.invokedAt];
}

function isAbout(operation: Operation, key: string | undefined): boolean {
  return operation.process !== NEMESIS && (key === undefined || operation.key === undefined || operation.key === key);
}

function storyCall(
  id: number,
  role: Role,
  pair: Pair,
  history: readonly Operation[],
  { lineOf, keyed }: StoryOptions & { readonly keyed: boolean },
): StoryCall {
  const invocation = history[pair.invokedAt] as Operation;
  const completion = pair.completedAt === undefined ? undefined : history[pair.completedAt];
  const outcome = outcomeOf(completion);
  const node = invocation.node ?? completion?.node;
  const lines = [pair.invokedAt, ...(pair.completedAt === undefined ? [] : [pair.completedAt])].flatMap((at) => lineOf?.(at) ?? []);
  return {
    id,
    ...(completion === undefined ? {} : { completion: completion.index }),
    process: Number(invocation.process),
    label: `${keyed && invocation.key !== undefined ? `${invocation.key}: ` : ''}${callLabel(invocation, completion)}`,
    f: invocation.f,
    input: invocation.value,
    output: completion?.value ?? null,
    outcome,
    role,
    fromNs: invocation.time,
    ...(completion === undefined || outcome === 'info' ? {} : { toNs: completion.time }),
    ...(node === undefined ? {} : { node }),
    ...(lines.length === 0 ? {} : { lines }),
  };
}

/** Only up to the end of the impossible operation: what came later explains nothing. */
function omissions(
  calls: readonly StoryCall[],
  impossible: number,
  history: readonly Operation[],
  key: string | undefined,
): readonly Omission[] {
  const instants = [...new Set(calls.flatMap(({ fromNs, toNs }) => (toNs === undefined ? [fromNs] : [fromNs, toNs])))].sort(
    (a, b) => a - b,
  );
  const shown = new Set(calls.map(({ id }) => id));
  const endNs = calls.find(({ id }) => id === impossible)?.toNs ?? Number.POSITIVE_INFINITY;
  const counts = new Map<number, number>();
  let at = 0;
  for (const operation of history) {
    while (at < instants.length && (instants[at] as number) <= operation.time) at++;
    const after = instants[at - 1];
    if (after === undefined || at === instants.length || operation.time > endNs) continue;
    if (operation.type !== 'invoke' || shown.has(operation.index) || !isAbout(operation, key)) continue;
    counts.set(after, (counts.get(after) ?? 0) + 1);
  }
  return [...counts].map(([afterNs, count]) => ({ afterNs, count }));
}
