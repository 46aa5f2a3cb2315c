/**
 * One change of one register, from its first prepare to its outcome.
 *
 * An accept that failed or timed out is indeterminate: another proposer may finish it. So every attempt writes its own id into the
 * envelope, and a retry that finds one of its ids there knows that it was carried out, and by which attempt.
 */
import type { Histogram, Runtime } from '../runtime/port.ts';
import { type Ballot, nextBallot } from './ballot.ts';
import type { ProposerRules } from './proposer-rules.ts';
import type { Accepted, AcceptReply, Envelope, Fence, PrepareReply, ReplicaPeer } from './protocol.ts';
import { gather, type PeerAnswer, proposerBackoff, type QuorumSizes, replies, stragglerGraceMs } from './quorum.ts';
import { settledValue } from './settled.ts';

/** What a change function decides after looking at the current value (`null`: never written). */
export type Decision<T> =
  | { readonly kind: 'set'; readonly value: unknown; readonly open?: boolean; readonly result: T }
  | { readonly kind: 'keep'; readonly result: T };

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

export interface ChangeParts<T> {
  readonly node: string;
  readonly peers: readonly ReplicaPeer[];
  readonly quorum: QuorumSizes;
  readonly rules: ProposerRules;
  readonly replicaTimeoutMs: number;
  readonly key: string;
  readonly decide: (value: unknown) => Decision<T>;
  readonly fence: Fence | undefined;
  readonly deadlineAtMs: number;
  readonly seenBallots: { newest(key: string): Ballot | null; see(key: string, ballot: Ballot): void };
  readonly writeSeconds: Histogram;
}

interface Plan<T> {
  readonly kind: 'plan';
  readonly result: T;
  /** Absent when nothing needs to be written. */
  readonly envelope: Envelope | undefined;
}

type Retry = { readonly kind: 'retry'; readonly reason: string; readonly cause: 'duel' | 'outage' };
type Fenced = { readonly kind: 'fenced'; readonly highest: number };

/** Ids kept in an envelope. A retry that may have been pushed out of it gives up as indeterminate. */
const operationIdsMax = 48;

const leapPerAttempt = 4;

const emptyEnvelope: Envelope = { value: null, changes: 0, operationIds: [], open: false };

export class Change<T> {
  readonly #runtime: Runtime;
  readonly #parts: ChangeParts<T>;
  readonly #operationId: string;
  /** Results by the id of the attempt whose accept was sent. */
  readonly #attempted = new Map<string, T>();
  /** `changes` of the envelope that the first attempt was based on. */
  #changesBefore: number | undefined;

  constructor(runtime: Runtime, parts: ChangeParts<T>) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#operationId = runtime.random.id();
  }

  async run(): Promise<ChangeOutcome<T>> {
    const { key, node, fence, seenBallots } = this.#parts;
    let last: Retry = { kind: 'retry', reason: 'the deadline had passed before the first attempt', cause: 'outage' };
    for (let attempt = 0; this.#leftMs() > 0; attempt += 1) {
      if (attempt > 0) await proposerBackoff(this.#runtime, attempt, last.cause);
      const attemptId = `${this.#operationId}.${attempt}`;
      // The attempt is part of the ballot: no ballot is ever used for two values, whatever is lost, retried or restarted.
      // Whoever lost leaps, so that by the time its prepare arrives the winner's next ballot isn't ahead of it again.
      const ballot = nextBallot(seenBallots.newest(key), fence?.token ?? 0, `${node}~${attemptId}`, 1 + leapPerAttempt * attempt);
      const prepared = await this.#prepare(ballot);
      if (prepared.kind === 'fenced') return this.#fenced(prepared);
      if (prepared.kind === 'retry') {
        last = prepared;
        continue;
      }
      const plan = this.#plan(prepared.current, prepared.settled, attemptId);
      if (plan.kind === 'lost-track') return { kind: 'indeterminate', reason: 'too many other changes came between to recognize this one' };
      if (plan.envelope === undefined) return { kind: 'done', result: plan.result };
      const accepted = await this.#accept(ballot, plan.envelope);
      switch (accepted.kind) {
        case 'accepted':
          return { kind: 'done', result: plan.result };
        case 'fenced':
          return this.#fenced(accepted);
        case 'retry':
          last = accepted;
          break;
        default:
          accepted satisfies never;
      }
    }
    return { kind: this.#attempted.size > 0 ? 'indeterminate' : 'unavailable', reason: last.reason };
  }

  /** What to propose on top of `current`. */
  #plan(current: Accepted, settled: boolean, attemptId: string): Plan<T> | { readonly kind: 'lost-track' } {
    const base = current.envelope ?? emptyEnvelope;
    if (this.#changesBefore !== undefined) {
      for (const [id, result] of this.#attempted) {
        // An earlier attempt was carried out. Settle it before saying so: as yet it may stand on one replica only.
        if (this.#parts.rules.recognizes(base, id)) return { kind: 'plan', result, envelope: settled ? undefined : base };
      }
      if (base.changes - this.#changesBefore >= operationIdsMax) return { kind: 'lost-track' };
    }
    const decision = this.#parts.decide(base.value);
    if (decision.kind === 'keep') {
      // An earlier attempt may stand on a replica that this prepare did not hear. What is kept is written once more, under the newer ballot,
      // or that attempt could be finished by somebody after this change was reported to have kept the value.
      const nothingToWrite = settled && this.#attempted.size === 0;
      return { kind: 'plan', result: decision.result, envelope: nothingToWrite ? undefined : base };
    }
    this.#changesBefore ??= base.changes;
    this.#attempted.set(attemptId, decision.result);
    const operationIds = [...base.operationIds, attemptId].slice(-operationIdsMax);
    return {
      kind: 'plan',
      result: decision.result,
      envelope: { value: decision.value, changes: base.changes + 1, operationIds, open: decision.open ?? false },
    };
  }

  async #prepare(ballot: Ballot): Promise<{ kind: 'promised'; current: Accepted; settled: boolean } | Fenced | Retry> {
    const { key, node, quorum, rules } = this.#parts;
    const answers = await this.#ask(
      (peer, deadlineMs) => peer.prepare({ key, ballot, from: node, ...this.#fenceField() }, deadlineMs),
      'promised',
      quorum.read,
    );
    const promised = replies(answers).filter((reply) => reply.kind === 'promised');
    if (promised.length >= quorum.read)
      return { kind: 'promised', current: rules.current(promised, quorum), settled: settledValue(promised, quorum) !== undefined };
    return this.#refusal(answers, 'prepared', quorum.read);
  }

  async #accept(ballot: Ballot, envelope: Envelope): Promise<{ kind: 'accepted' } | Fenced | Retry> {
    const { key, node, quorum, seenBallots, writeSeconds } = this.#parts;
    const startedAtMs = this.#runtime.clock.monotonicMs();
    const answers = await this.#ask(
      (peer, deadlineMs) => peer.accept({ key, ballot, envelope, from: node, ...this.#fenceField() }, deadlineMs),
      'accepted',
      quorum.write,
    );
    if (replies(answers).filter((reply) => reply.kind === 'accepted').length < quorum.write)
      return this.#refusal(answers, 'accepted', quorum.write);
    writeSeconds.observe((this.#runtime.clock.monotonicMs() - startedAtMs) / 1000);
    seenBallots.see(key, ballot);
    return { kind: 'accepted' };
  }

  /** Asks all replicas; enough is `needed` good answers, or so many bad ones that `needed` can't be reached. */
  #ask<Reply extends PrepareReply | AcceptReply>(
    call: (peer: ReplicaPeer, deadlineMs: number) => Promise<Reply>,
    good: Reply['kind'],
    needed: number,
  ): Promise<readonly PeerAnswer<Reply>[]> {
    const { peers, replicaTimeoutMs } = this.#parts;
    const deadlineMs = Math.max(1, Math.min(replicaTimeoutMs, this.#leftMs()));
    return gather(
      peers,
      (peer) => call(peer, deadlineMs),
      (answers) => {
        const goodCount = answers.filter((answer) => 'reply' in answer && answer.reply.kind === good).length;
        return goodCount >= needed || answers.length - goodCount > peers.length - needed;
      },
      { timers: this.#runtime.timers, graceMs: stragglerGraceMs, begins: (answers) => replies(answers).length >= needed },
    );
  }

  #refusal(answers: readonly PeerAnswer<PrepareReply | AcceptReply>[], verb: string, needed: number): Fenced | Retry {
    let unreachable = 0;
    let conflicts = 0;
    let fencedBy = 0;
    for (const answer of answers) {
      if ('failure' in answer) unreachable += 1;
      else if (answer.reply.kind === 'conflict') {
        conflicts += 1;
        this.#parts.seenBallots.see(this.#parts.key, answer.reply.promised);
      } else if (answer.reply.kind === 'fenced') fencedBy = Math.max(fencedBy, answer.reply.highest);
    }
    if (fencedBy > 0) return { kind: 'fenced', highest: fencedBy };
    const reason = `not ${verb} by ${needed} replicas: ${unreachable} unreachable, ${conflicts} promised to a newer ballot`;
    return { kind: 'retry', reason, cause: conflicts > 0 ? 'duel' : 'outage' };
  }

  #fenced({ highest }: Fenced): ChangeOutcome<T> {
    return { kind: 'fenced', highest, mayHaveHappened: this.#attempted.size > 0 };
  }

  #fenceField(): { fence?: Fence } {
    const { fence } = this.#parts;
    return fence === undefined ? {} : { fence };
  }

  #leftMs(): number {
    return this.#parts.deadlineAtMs - this.#runtime.clock.monotonicMs();
  }
}
