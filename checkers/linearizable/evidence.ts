/** Why a history has no explanation, as evidence a person can follow. */
import type { Operation } from '../../harness/history/index.ts';
import { canonical, type Model, sameValue, UNKNOWN_OUTPUT } from '../models/index.ts';
import { countedBudget } from './budget.ts';
import { FAIL, OK } from './calls.ts';
import { ask, type Cut, cutAt, type Excerpt, excerpt, supportOf } from './excerpt.ts';
import type { Partition, PartitionedHistory } from './partitions.ts';
import type { AbortedRead, LinearizabilityResult, MinimalSubHistory, NamedCall, PartialLinearization } from './result.ts';
import { search } from './search.ts';
import { linearization } from './trace.ts';

/** Steps (in units of 512) that one question, and all of them together, may take. Past them the evidence is what there is by then. */
const QUESTION_STEPS = 400;
const TOTAL_STEPS = 8_000;
/** To put so many calls into a question takes about as long as a step. */
const CALLS_A_STEP = 100;
const PARTIALS_SHOWN = 3;
/** At least so many of the last operations are shown in a partial linearization, where there are as many. */
const LEAST_SHOWN = 8;

type Found = Pick<LinearizabilityResult, 'longestPartials' | 'minimalSubHistory' | 'minimal' | 'abortedReads'>;

/** The call that returns at this position of the partition's events. */
export function nameReturn<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, event: number): NamedCall {
  return nameCall(history, model, partition.calls[(partition.events[event] as number) >> 1] as number);
}

/** `event`: position in the partition's events of the first return that can't be explained. */
export function explain<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, initial: unknown, event: number): Found {
  const cut = cutAt(history, partition, { model, initial, event });
  const name = (local: number): NamedCall => nameCall(history, model, partition.calls[local] as number);
  const abortedReads = findAbortedReads(history, partition, model, initial);
  const contradiction = recentContradiction(cut);
  const found = abortedReads.length === 0 ? {} : { abortedReads };
  if (contradiction === undefined) return found;
  const minimal = minimize(cut, contradiction, name);
  const shown = [...minimal.core, ...minimal.context];
  const indexes = shown.flatMap(({ invocation, completion }) => (completion === undefined ? [invocation] : [invocation, completion]));
  return {
    ...found,
    longestPartials: longestPartials(contradiction.widest, name),
    minimal,
    minimalSubHistory: indexes.sort((a, b) => a - b),
  };
}

/** Questions are counted, so that evidence never takes longer than the verdict was worth. */
class Questions {
  #steps = TOTAL_STEPS;

  get exhausted(): boolean {
    return this.#steps <= 0;
  }

  budget({ locals }: Excerpt) {
    this.#steps -= locals.length / CALLS_A_STEP;
    const budget = countedBudget(Math.min(QUESTION_STEPS, this.#steps));
    return {
      exceeded: () => {
        this.#steps--;
        return budget.exceeded(() => 0);
      },
    };
  }
}

interface Contradiction {
  readonly questions: Questions;
  readonly required: readonly number[];
  readonly nearby: readonly number[];
  /** The last operations together, enough of them to be worth reading. */
  readonly widest: Excerpt;
}

/** How many of the last operations to return contradict each other, by doubling. */
function recentContradiction<S>(cut: Cut<S>): Contradiction | undefined {
  const questions = new Questions();
  const returned: number[] = [];
  for (let position = cut.event; position >= 0; position--) {
    if (((cut.partition.events[position] as number) & 1) === 1) returned.push((cut.partition.events[position] as number) >> 1);
  }
  for (let size = 1; !questions.exhausted; size *= 2) {
    const required = returned.slice(0, size);
    const nearby = overlapping(cut, required);
    const question = excerpt(cut, new Set(required), nearby);
    const answer = ask(question, questions.budget(question));
    if (answer === 'contradiction') {
      const shown = returned.slice(0, Math.max(size, LEAST_SHOWN));
      const widest = shown.length === size ? question : excerpt(cut, new Set(shown), overlapping(cut, shown));
      return { questions, required, nearby, widest };
    }
    if (size >= returned.length) return undefined;
  }
  return undefined;
}

/** Every call that overlaps the span of these, ascending. */
function overlapping<S>({ partition, called, event }: Cut<S>, required: readonly number[]): number[] {
  const start = required.reduce((least, local) => Math.min(least, called[local] as number), event);
  const found: number[] = [];
  for (let local = 0; local < partition.count && (called[local] as number) < event; local++) {
    if ((partition.returns[local] as number) >= start) found.push(local);
  }
  return found;
}

/** Leaves out whatever can be left out: halves first, then single operations until none of them can. */
function minimize<S>(cut: Cut<S>, { questions, required, nearby }: Contradiction, name: (local: number) => NamedCall): MinimalSubHistory {
  let core = [...required];
  const contradictsWithout = (dropped: ReadonlySet<number>): boolean => {
    const rest = core.filter((local) => !dropped.has(local));
    if (rest.length === 0 || questions.exhausted) return false;
    const question = excerpt(cut, new Set(rest), nearby);
    if (ask(question, questions.budget(question)) !== 'contradiction') return false;
    core = rest;
    return true;
  };
  for (let size = core.length >> 1; size > 1; size >>= 1) {
    // The oldest first: what happened long before is the least likely to matter.
    for (let end = core.length; end > 0; end -= size) contradictsWithout(new Set(core.slice(Math.max(0, end - size), end)));
  }
  // One pass is enough: what can't be left out now can't be left out of a part of it either.
  for (const local of [...core].reverse()) contradictsWithout(new Set([local]));
  let verified = true;
  const context = new Set<number>();
  for (const left of core) {
    const rest = new Set(core.filter((local) => local !== left));
    if (rest.size === 0) continue;
    if (questions.exhausted) {
      verified = false;
      break;
    }
    const question = excerpt(cut, rest, nearby);
    if (ask(question, questions.budget(question)) !== 'explained') verified = false;
    else for (const local of supportOf(question, rest, questions.budget(question))) if (!core.includes(local)) context.add(local);
  }
  const whole = excerpt(cut, new Set(core), nearby);
  for (const producer of whole.producers.values()) if (isObserved(cut, producer, core)) context.add(producer);
  const chronological = (a: NamedCall, b: NamedCall): number => a.invocation - b.invocation;
  return {
    core: core.map(name).sort(chronological),
    context: [...context].map(name).sort(chronological),
    verified,
    before: whole.complete ? [] : whole.problem.initialStates.map((state) => whole.problem.space.describe(state)),
  };
}

/** A register value that one of the core's operations observed: its write belongs into the picture. */
function isObserved<S>({ model, history, partition }: Cut<S>, producer: number, core: readonly number[]): boolean {
  const actionOf = (local: number) => model.asRegister?.(history.callOf(partition.calls[local] as number));
  const produced = actionOf(producer);
  if (produced === undefined) return false;
  return core.some((local) => {
    const action = actionOf(local);
    if (action?.kind === 'read') return sameValue(action.value, produced.value);
    return action?.kind === 'cas' && sameValue(action.expected, produced.value);
  });
}

function longestPartials({ problem, locals }: Excerpt, name: (local: number) => NamedCall): readonly PartialLinearization[] {
  const found = search(problem, { budget: countedBudget(QUESTION_STEPS), traced: true });
  if (found.outcome !== 'not-linearizable') return [];
  const byState = new Map<string, PartialLinearization>();
  for (const { trace, state } of found.partials) {
    const described = problem.space.describe(state);
    const calls = linearization(trace).map((operation) => name(locals[operation] as number));
    if (calls.length > (byState.get(described)?.calls.length ?? -1)) byState.set(described, { calls, state: described });
  }
  return [...byState.values()].sort((a, b) => b.calls.length - a.calls.length).slice(0, PARTIALS_SHOWN);
}

/** Completed reads of values that only failed calls can have written. */
function findAbortedReads<S>(history: PartitionedHistory, partition: Partition, model: Model<S>, initial: unknown): readonly AbortedRead[] {
  const { asRegister } = model;
  if (asRegister === undefined) return [];
  const { operations, calls } = history;
  /** Value → the first failed call that would have written it, as long as no other can have. */
  const failed = new Map<string, number>();
  for (let call = 0; call < calls.count; call++) {
    const invocation = operations[calls.invocations[call] as number] as Operation;
    if (calls.outcomes[call] !== FAIL || invocation.key !== partition.key) continue;
    const action = asRegister({ f: invocation.f, input: invocation.value, output: UNKNOWN_OUTPUT });
    if (action?.kind !== 'write' && action?.kind !== 'cas') continue;
    const value = canonical(action.value);
    if (!failed.has(value)) failed.set(value, call);
  }
  failed.delete(canonical(model.init(initial)));
  if (failed.size === 0) return [];
  const reads: { readonly call: number; readonly value: string }[] = [];
  for (const call of partition.calls) {
    const action = asRegister(history.callOf(call));
    if (action?.kind === 'write' || action?.kind === 'cas') failed.delete(canonical(action.value));
    else if (action?.kind === 'read' && calls.outcomes[call] === OK) reads.push({ call, value: canonical(action.value) });
  }
  return reads.flatMap(({ call, value }) => {
    const write = failed.get(value);
    return write === undefined ? [] : [{ read: nameCall(history, model, call), write: nameCall(history, model, write) }];
  });
}

function nameCall<S>(history: PartitionedHistory, model: Model<S>, call: number): NamedCall {
  const { operations, calls } = history;
  const invocation = operations[calls.invocations[call] as number] as Operation;
  const at = calls.completions[call] as number;
  const completion = at === -1 ? undefined : (operations[at] as Operation);
  return {
    invocation: invocation.index,
    ...(completion === undefined ? {} : { completion: completion.index }),
    process: Number(invocation.process),
    description: model.describeCall(history.callOf(call)),
  };
}
