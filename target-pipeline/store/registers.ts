/**
 * Quorum registers: one CASPaxos register a key (Rystsov 2018). One primitive, `change(key, f)`, gives writes, conditional updates
 * and atomic claims; `read` is a change that keeps the value, with a shortcut when a write quorum already agrees.
 *
 * An accept that failed or timed out is indeterminate: another proposer may finish it. So every attempt writes its own id into the
 * envelope, and a retry that finds one of its ids there knows that it was carried out, and by which attempt.
 */
import type { Runtime } from '../runtime/port.ts';
import { type Ballot, compareBallots, newerBallot, nextBallot } from './ballot.ts';
import type { Accepted, AcceptReply, Envelope, Fence, PrepareReply, ReplicaPeer } from './protocol.ts';
import { gather, type PeerAnswer, proposerBackoff, type QuorumSizes, replies } from './quorum.ts';

/** What a change function decides after looking at the current value (`null`: never written). */
export type Decision<T> = { readonly kind: 'set'; readonly value: unknown; readonly open?: boolean; readonly result: T } | { readonly kind: 'keep'; readonly result: T };

export type ChangeOutcome<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** Nothing was proposed: it definitely did not happen. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** Something was proposed; nobody knows. */
  | { readonly kind: 'indeterminate'; readonly reason: string }
  /** A higher token is in force; `mayHaveHappened` when an accept was sent before. Terminal for the caller's leadership. */
  | { readonly kind: 'fenced'; readonly highest: number; readonly mayHaveHappened: boolean };

export interface ChangeOptions {
  readonly deadlineMs: number;
  readonly fence?: Fence;
}

/** How a read turns what replicas say into an answer; replaceable as one component. */
export type ReadStrategy = 'settle' | 'newest-seen';

export interface RegistersOptions {
  readonly node: string;
  readonly peers: readonly ReplicaPeer[];
  readonly quorum: QuorumSizes;
  readonly readStrategy: ReadStrategy;
  /** Deadline of one call to one replica, milliseconds. */
  readonly replicaTimeoutMs: number;
}

/** Ids kept in an envelope. A retry that may have been pushed out of it gives up as indeterminate. */
const operationIdsMax = 48;
/** Rounds a read waits for a write in flight to settle by itself before it helps, which would make the writer retry. */
const patientReadRounds = 3;

/** Keys whose newest ballot is remembered. Forgetting one costs a conflict, nothing else. */
const seenBallotsMax = 20_000;

const emptyEnvelope: Envelope = { value: null, changes: 0, operationIds: [], open: false };

export class Registers {
  readonly #runtime: Runtime;
  readonly #options: RegistersOptions;
  readonly #writeSeconds;
  readonly #readSeconds;
  /** Tail of the queue of changes by key: proposers of one node need not duel with each other. */
  readonly #tails = new Map<string, Promise<unknown>>();
  /** Highest ballot seen by key in a conflict, so that the next first try isn't in vain. */
  readonly #seenBallots = new Map<string, Ballot>();

  constructor(runtime: Runtime, options: RegistersOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#writeSeconds = runtime.metrics.histogram('quorum_write_seconds', 'Time until the W-th replica accepted.');
    this.#readSeconds = runtime.metrics.histogram('quorum_read_seconds', 'Time until the R-th replica answered.');
  }

  get peers(): readonly ReplicaPeer[] {
    return this.#options.peers;
  }

  get quorum(): QuorumSizes {
    return this.#options.quorum;
  }

  /** Applies `decide` to the current value, atomically. `decide` may be called several times and must be pure. */
  async change<T>(key: string, decide: (value: unknown) => Decision<T>, options: ChangeOptions): Promise<ChangeOutcome<T>> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const deadlineAt = this.#runtime.clock.monotonicMs() + options.deadlineMs;
    const mine = before.then(() => new Change(this.#runtime, this.#options, this.#seenBallots, key, decide, deadlineAt, options.fence, this.#writeSeconds).run());
    const tail = mine.catch(() => undefined);
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** The current value (`null`: never written), linearizable. Never `fenced`: reading needs no token. */
  async read(key: string, options: { readonly deadlineMs: number }): Promise<ChangeOutcome<unknown>> {
    const { peers, quorum, readStrategy, replicaTimeoutMs } = this.#options;
    const startedAt = this.#runtime.clock.monotonicMs();
    const deadlineAt = startedAt + options.deadlineMs;
    for (let round = 0; round < patientReadRounds; round += 1) {
      const leftMs = deadlineAt - this.#runtime.clock.monotonicMs();
      if (leftMs <= 0) break;
      const answers = await gather(
        peers,
        (peer) => peer.read(key, Math.min(replicaTimeoutMs, leftMs)),
        (sofar) => settledValue(replies(sofar), quorum) !== undefined || (readStrategy === 'newest-seen' && replies(sofar).length >= quorum.read),
      );
      const seen = replies(answers);
      const settled = readStrategy === 'newest-seen' && seen.length >= quorum.read ? newestOf(seen) : settledValue(seen, quorum);
      if (settled !== undefined) {
        this.#readSeconds.observe((this.#runtime.clock.monotonicMs() - startedAt) / 1000);
        return { kind: 'done', result: settled.envelope?.value ?? null };
      }
      await proposerBackoff(this.#runtime, round);
    }
    const leftMs = deadlineAt - this.#runtime.clock.monotonicMs();
    if (leftMs <= 0) return { kind: 'unavailable', reason: `no read quorum of ${quorum.read} agreed in ${options.deadlineMs} ms` };
    return this.change(key, (value) => ({ kind: 'keep', result: value }), { deadlineMs: leftMs });
  }
}

function newestOf(seen: readonly Accepted[]): Accepted {
  return seen.reduce((newest, next) => (compareBallots(next.ballot, newest.ballot) > 0 ? next : newest), { ballot: null, envelope: null });
}

/**
 * The newest value among at least R answers, if it is known to be chosen: accepted under one ballot by W replicas, or absent at all of them.
 * Any value chosen before the read began is at W replicas, one of which is among the R, so nothing newer than the answer was chosen then.
 */
export function settledValue(seen: readonly Accepted[], quorum: QuorumSizes): Accepted | undefined {
  if (seen.length < quorum.read) return undefined;
  const newest = newestOf(seen);
  if (newest.ballot === null) return newest;
  const agreeing = seen.filter((one) => compareBallots(one.ballot, newest.ballot) === 0).length;
  return agreeing >= quorum.write ? newest : undefined;
}

/** One change from its first prepare to its outcome. */
class Change<T> {
  readonly #runtime: Runtime;
  readonly #options: RegistersOptions;
  readonly #seenBallots: Map<string, Ballot>;
  readonly #key: string;
  readonly #decide: (value: unknown) => Decision<T>;
  readonly #deadlineAt: number;
  readonly #fence: Fence | undefined;
  readonly #writeSeconds: { observe(seconds: number): void };
  readonly #operationId: string;
  /** Results by the id of the attempt whose accept was sent. */
  readonly #attempted = new Map<string, T>();
  /** `changes` of the envelope that the first attempt was based on. */
  #changesBefore: number | undefined;

  constructor(
    runtime: Runtime,
    options: RegistersOptions,
    seenBallots: Map<string, Ballot>,
    key: string,
    decide: (value: unknown) => Decision<T>,
    deadlineAt: number,
    fence: Fence | undefined,
    writeSeconds: { observe(seconds: number): void },
  ) {
    this.#runtime = runtime;
    this.#options = options;
    this.#seenBallots = seenBallots;
    this.#key = key;
    this.#decide = decide;
    this.#deadlineAt = deadlineAt;
    this.#fence = fence;
    this.#writeSeconds = writeSeconds;
    this.#operationId = runtime.random.id();
  }

  async run(): Promise<ChangeOutcome<T>> {
    let reason = 'the deadline had passed before the first attempt';
    for (let attempt = 0; this.#leftMs() > 0; attempt += 1) {
      if (attempt > 0) await proposerBackoff(this.#runtime, attempt);
      const ballot = nextBallot(this.#seenBallots.get(this.#key) ?? null, this.#fence?.token ?? 0, this.#options.node);
      const prepared = await this.#prepare(ballot);
      if (prepared.kind === 'fenced') return { ...prepared, mayHaveHappened: this.#attempted.size > 0 };
      if (prepared.kind === 'retry') {
        reason = prepared.reason;
        continue;
      }
      const plan = this.#plan(prepared.current, prepared.settled, `${this.#operationId}.${attempt}`);
      if (plan.kind === 'lost-track') return { kind: 'indeterminate', reason: 'too many other changes came between to recognize this one' };
      if (plan.envelope === undefined) return { kind: 'done', result: plan.result };
      const accepted = await this.#accept(ballot, plan.envelope);
      switch (accepted.kind) {
        case 'accepted':
          return { kind: 'done', result: plan.result };
        case 'fenced':
          return { ...accepted, mayHaveHappened: this.#attempted.size > 0 };
        case 'retry':
          reason = accepted.reason;
          break;
        default:
          accepted satisfies never;
      }
    }
    return this.#attempted.size > 0 ? { kind: 'indeterminate', reason } : { kind: 'unavailable', reason };
  }

  /** What to propose on top of `current`; no envelope when there is nothing to propose. */
  #plan(current: Accepted, settled: boolean, attemptId: string): { kind: 'lost-track' } | { kind: 'plan'; result: T; envelope: Envelope | undefined } {
    const base = current.envelope ?? emptyEnvelope;
    if (this.#changesBefore !== undefined) {
      for (const [id, result] of this.#attempted) {
        // An earlier attempt was carried out. Settle it before saying so: as yet it may stand on one replica only.
        if (base.operationIds.includes(id)) return { kind: 'plan', result, envelope: settled ? undefined : base };
      }
      if (base.changes - this.#changesBefore >= operationIdsMax) return { kind: 'lost-track' };
    }
    const decision = this.#decide(base.value);
    if (decision.kind === 'keep') return { kind: 'plan', result: decision.result, envelope: settled ? undefined : (current.envelope ?? undefined) };
    this.#changesBefore ??= base.changes;
    this.#attempted.set(attemptId, decision.result);
    const operationIds = [...base.operationIds, attemptId].slice(-operationIdsMax);
    return { kind: 'plan', result: decision.result, envelope: { value: decision.value, changes: base.changes + 1, operationIds, open: decision.open ?? false } };
  }

  async #prepare(ballot: Ballot): Promise<{ kind: 'promised'; current: Accepted; settled: boolean } | { kind: 'fenced'; highest: number } | { kind: 'retry'; reason: string }> {
    const { quorum } = this.#options;
    const answers = await this.#ask((peer, deadlineMs) => peer.prepare({ key: this.#key, ballot, from: this.#options.node, ...this.#fenceField() }, deadlineMs), 'promised', quorum.read);
    const promised = replies(answers).filter((reply) => reply.kind === 'promised');
    if (promised.length >= quorum.read) return { kind: 'promised', current: newestOf(promised), settled: settledValue(promised, quorum) !== undefined };
    return this.#refusal(answers, 'prepared', quorum.read);
  }

  async #accept(ballot: Ballot, envelope: Envelope): Promise<{ kind: 'accepted' } | { kind: 'fenced'; highest: number } | { kind: 'retry'; reason: string }> {
    const { quorum } = this.#options;
    const startedAt = this.#runtime.clock.monotonicMs();
    const answers = await this.#ask((peer, deadlineMs) => peer.accept({ key: this.#key, ballot, envelope, from: this.#options.node, ...this.#fenceField() }, deadlineMs), 'accepted', quorum.write);
    if (replies(answers).filter((reply) => reply.kind === 'accepted').length < quorum.write) return this.#refusal(answers, 'accepted', quorum.write);
    this.#writeSeconds.observe((this.#runtime.clock.monotonicMs() - startedAt) / 1000);
    this.#see(ballot);
    return { kind: 'accepted' };
  }

  /** Asks all replicas; enough is `needed` good answers, or so many bad ones that `needed` can't be reached. */
  #ask<Reply extends PrepareReply | AcceptReply>(call: (peer: ReplicaPeer, deadlineMs: number) => Promise<Reply>, good: Reply['kind'], needed: number): Promise<readonly PeerAnswer<Reply>[]> {
    const { peers, replicaTimeoutMs } = this.#options;
    const deadlineMs = Math.max(1, Math.min(replicaTimeoutMs, this.#leftMs()));
    return gather(
      peers,
      (peer) => call(peer, deadlineMs),
      (answers) => {
        const goodCount = answers.filter((answer) => 'reply' in answer && answer.reply.kind === good).length;
        return goodCount >= needed || answers.length - goodCount > peers.length - needed;
      },
    );
  }

  #refusal(answers: readonly PeerAnswer<PrepareReply | AcceptReply>[], verb: string, needed: number): { kind: 'fenced'; highest: number } | { kind: 'retry'; reason: string } {
    let unreachable = 0;
    let fencedBy = 0;
    for (const answer of answers) {
      if ('failure' in answer) unreachable += 1;
      else if (answer.reply.kind === 'conflict') this.#see(answer.reply.promised);
      else if (answer.reply.kind === 'fenced') fencedBy = Math.max(fencedBy, answer.reply.highest);
    }
    if (fencedBy > 0) return { kind: 'fenced', highest: fencedBy };
    return { kind: 'retry', reason: `not ${verb} by ${needed} replicas: ${unreachable} unreachable, ${answers.length - unreachable} answered` };
  }

  #see(ballot: Ballot): void {
    const newer = newerBallot(this.#seenBallots.get(this.#key) ?? null, ballot);
    if (newer === null) return;
    this.#seenBallots.delete(this.#key);
    this.#seenBallots.set(this.#key, newer);
    const oldest = this.#seenBallots.size > seenBallotsMax ? this.#seenBallots.keys().next().value : undefined;
    if (oldest !== undefined) this.#seenBallots.delete(oldest);
  }

  #fenceField(): { fence?: Fence } {
    return this.#fence === undefined ? {} : { fence: this.#fence };
  }

  #leftMs(): number {
    return this.#deadlineAt - this.#runtime.clock.monotonicMs();
  }
}
