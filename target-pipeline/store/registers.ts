/**
 * Quorum registers: one CASPaxos register a key (Rystsov 2018). One primitive, `change(key, f)`, gives writes, conditional updates
 * and atomic claims; `read` is a change that keeps the value, with a shortcut when a write quorum already agrees.
 */
import type { Histogram, Runtime } from '../runtime/port.ts';
import { type Ballot, newerBallot } from './ballot.ts';
import { Change, type ChangeOptions, type ChangeOutcome, type Decision } from './change.ts';
import type { ProposerRules } from './proposer-rules.ts';
import type { ReplicaPeer } from './protocol.ts';
import { gather, proposerBackoff, type QuorumSizes, replies, stragglerGraceMs } from './quorum.ts';

export interface RegistersOptions {
  readonly node: string;
  readonly peers: readonly ReplicaPeer[];
  readonly quorum: QuorumSizes;
  readonly rules: ProposerRules;
  /** Deadline of one call to one replica, milliseconds. */
  readonly replicaTimeoutMs: number;
}

/** Rounds a read waits for a write in flight to settle by itself before it helps, which would make the writer retry. */
const patientReadRounds = 3;

export class Registers {
  readonly #runtime: Runtime;
  readonly #options: RegistersOptions;
  readonly #writeSeconds: Histogram;
  readonly #readSeconds: Histogram;
  /** Tail of the queue of changes by key: proposers of one node need not duel with each other. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #seenBallots = new SeenBallots();

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
  async change<T>(key: string, decide: (value: unknown) => Decision<T>, { deadlineMs, fence }: ChangeOptions): Promise<ChangeOutcome<T>> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const change = new Change(this.#runtime, {
      ...this.#options,
      key,
      decide,
      fence,
      deadlineAtMs: this.#runtime.clock.monotonicMs() + deadlineMs,
      seenBallots: this.#seenBallots,
      writeSeconds: this.#writeSeconds,
    });
    const mine = before.then(() => change.run());
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
    const { peers, quorum, rules, replicaTimeoutMs } = this.#options;
    const { clock, timers } = this.#runtime;
    const startedAtMs = clock.monotonicMs();
    const deadlineAtMs = startedAtMs + options.deadlineMs;
    for (let round = 0; round < patientReadRounds; round += 1) {
      const leftMs = deadlineAtMs - clock.monotonicMs();
      if (leftMs <= 0) break;
      const answers = await gather(
        peers,
        (peer) => peer.read(key, Math.min(replicaTimeoutMs, leftMs)),
        (sofar) => rules.readable(replies(sofar), quorum) !== undefined,
        { timers, graceMs: stragglerGraceMs, begins: (sofar) => replies(sofar).length >= quorum.read },
      );
      const answer = rules.readable(replies(answers), quorum);
      if (answer !== undefined) {
        this.#readSeconds.observe((clock.monotonicMs() - startedAtMs) / 1000);
        return { kind: 'done', result: answer.envelope?.value ?? null };
      }
      await proposerBackoff(this.#runtime, round, 'duel');
    }
    const leftMs = deadlineAtMs - clock.monotonicMs();
    if (leftMs <= 0) return { kind: 'unavailable', reason: `no read quorum of ${quorum.read} agreed in ${options.deadlineMs} ms` };
    return this.change(key, (value) => ({ kind: 'keep', result: value }), { deadlineMs: leftMs });
  }
}

/** Keys whose newest ballot is remembered. Forgetting one costs a conflict, nothing else. */
const seenBallotsMax = 20_000;

/** Highest ballot seen by key, so that the next first try isn't in vain. */
class SeenBallots {
  readonly #byKey = new Map<string, Ballot>();

  newest(key: string): Ballot | null {
    return this.#byKey.get(key) ?? null;
  }

  see(key: string, ballot: Ballot): void {
    const newer = newerBallot(this.newest(key), ballot);
    if (newer === null) return;
    this.#byKey.delete(key);
    this.#byKey.set(key, newer);
    const oldest = this.#byKey.size > seenBallotsMax ? this.#byKey.keys().next().value : undefined;
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }
}
