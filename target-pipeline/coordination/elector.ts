/**
 * Elects one leader for a scope: takes and renews the lease in `lease/<scope>`, and fences a quorum before the new term begins
 * (rule 2 of fencing).
 */
import type { Gauge, Runtime } from '../runtime/port.ts';
import { type Fence, fenceQuorum, gather, type Registers, type ReplicaPeer, replies } from '../store/index.ts';
import type { ElectionRules } from './election-rules.ts';
import { candidateMayTakeAtMs, holderStopsAtMs, type LeaseRecord, type LeaseTiming, sameLease } from './lease.ts';
import { Term } from './term.ts';

/** Deadline of one call that raises a fence, and the pause before it is tried again, milliseconds. */
const fenceTimeoutMs = 500;
const fencePauseMs = 100;

export interface ElectorOptions {
  readonly scope: string;
  readonly node: string;
  readonly registers: Registers;
  readonly timing: LeaseTiming;
  readonly rules: ElectionRules;
  /** Called when a term begins; what it starts must end when the term's signal aborts. */
  readonly onElected: (term: Term) => void;
}

export class Elector {
  readonly #runtime: Runtime;
  readonly #options: ElectorOptions;
  readonly #stopped = new AbortController();
  readonly #now: () => number;
  readonly #tokenGauge: Gauge;
  readonly #changes;
  #observed: { readonly lease: LeaseRecord | null; readonly atMs: number } | undefined;
  #term: Term | undefined;
  /** The newest lease this node took. */
  #held: Fence | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(runtime: Runtime, options: ElectorOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#now = () => options.rules.leaseNowMs(runtime.clock);
    this.#tokenGauge = runtime.metrics.gauge('leader_token', 'Fencing token of the newest lease this node has seen.', ['scope']);
    const leading = runtime.metrics.gauge('leading_token', 'Fencing token under which this node leads now; 0 when it does not.', ['scope']);
    runtime.metrics.beforeExpose(() => leading.set(this.term()?.fence.token ?? 0, { scope: options.scope }));
    this.#changes = runtime.metrics.counter('leader_changes_total', 'Changes of the lease holder this node has seen.', ['scope']);
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** The term this node leads under, if it leads now. */
  term(): Term | undefined {
    return this.#term?.isValid() === true ? this.#term : undefined;
  }

  /** Who leads, as far as this node knows. May be out of date: good for forwarding, never for deciding. */
  knownLeader(): { readonly node: string; readonly token: number } | undefined {
    const lease = this.#observed?.lease;
    return lease == null || lease.released ? undefined : { node: lease.holder, token: lease.token };
  }

  /** Ends the term and gives the lease back, so that the next leader need not wait for it to run out. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#term?.end('stopping');
    await this.#loop;
    const held = this.#held;
    if (held === undefined) return;
    // By token, not by what this node believes of its term: an unknown renewal may have kept the lease alive.
    await this.#options.registers.change(
      this.#key,
      (value) => {
        const lease = value as LeaseRecord | null;
        return lease?.token === held.token && !lease.released
          ? { kind: 'set', value: { ...lease, released: true }, result: true }
          : { kind: 'keep', result: false };
      },
      { deadlineMs: this.#options.timing.leaseMs / 2, fence: held },
    );
  }

  get #key(): string {
    return `lease/${this.#options.scope}`;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const { leaseMs } = this.#options.timing;
      const term = this.term();
      if (term !== undefined) {
        await this.#renew(term);
        await this.#pause(leaseMs / 4);
      } else {
        await this.#observe();
        await this.#takeWhenFree();
        if (this.term() === undefined) await this.#pause(leaseMs / 8 + this.#runtime.random.uniform() * (leaseMs / 16));
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await this.#runtime.timers.sleep(ms, this.#stopped.signal).catch(() => undefined);
  }

  async #renew(term: Term): Promise<void> {
    const sentAtMs = this.#now();
    const outcome = await term.change(
      this.#options.registers,
      this.#key,
      (value) => {
        const lease = value as LeaseRecord | null;
        if (lease?.token !== term.fence.token || lease.released) return { kind: 'keep', result: lease };
        const renewed: LeaseRecord = { ...lease, renewals: lease.renewals + 1 };
        return { kind: 'set', value: renewed, result: renewed };
      },
      Math.max(1, term.leftMs()),
    );
    if (outcome.kind !== 'done') return;
    this.#see(outcome.result);
    if (outcome.result?.token === term.fence.token && !outcome.result.released)
      term.renewedUntil(holderStopsAtMs(this.#options.timing, sentAtMs));
    else term.end('lease-taken');
  }

  async #observe(): Promise<void> {
    const outcome = await this.#options.registers.read(this.#key, { deadlineMs: this.#options.timing.leaseMs / 2 });
    if (outcome.kind === 'done') this.#see(outcome.result as LeaseRecord | null);
  }

  #see(lease: LeaseRecord | null): void {
    if (this.#observed !== undefined && sameLease(this.#observed.lease, lease)) return;
    if (this.#observed !== undefined && this.#observed.lease?.holder !== lease?.holder) this.#changes.inc({ scope: this.#options.scope });
    this.#observed = { lease, atMs: this.#now() };
    this.#tokenGauge.set(lease?.token ?? 0, { scope: this.#options.scope });
  }

  async #takeWhenFree(): Promise<void> {
    const seen = this.#observed;
    if (seen === undefined || this.#stopped.signal.aborted) return;
    const mayTakeAtMs = seen.lease === null || seen.lease.released ? 0 : candidateMayTakeAtMs(this.#options.timing, seen.atMs);
    if (this.#now() < mayTakeAtMs) return;
    const { scope, node, registers, timing } = this.#options;
    const sentAtMs = this.#now();
    const outcome = await registers.change<{ lease: LeaseRecord | null; token: number | undefined }>(
      this.#key,
      (value) => {
        const lease = value as LeaseRecord | null;
        if (!sameLease(lease, seen.lease)) return { kind: 'keep', result: { lease, token: undefined } };
        const taken: LeaseRecord = { token: this.#options.rules.nextToken(lease), holder: node, renewals: 0, released: false };
        return { kind: 'set', value: taken, result: { lease: taken, token: taken.token } };
      },
      { deadlineMs: timing.leaseMs / 2 },
    );
    // After an indeterminate outcome the lease may be ours without our knowing; then it runs out like anybody's. Found later, it must not
    // be taken for a fresh one: others have been counting since it was written.
    if (outcome.kind !== 'done') return;
    this.#see(outcome.result.lease);
    const { token } = outcome.result;
    if (token === undefined) return;
    this.#runtime.log.info('leader.elected', { scope, token, holder: node });
    this.#held = { scope, token };
    await this.#fenceAndLead(new Term(this.#runtime, this.#held, { now: this.#now, untilMs: holderStopsAtMs(timing, sentAtMs) }));
  }

  async #fenceAndLead(term: Term): Promise<void> {
    const { registers } = this.#options;
    const needed = fenceQuorum(registers.quorum, registers.peers.length);
    const fenced = new Set<string>();
    while (fenced.size < needed && !this.#stopped.signal.aborted && term.isValid()) {
      const answers = await gather(
        registers.peers.filter((peer) => !fenced.has(peer.name)),
        (peer) => this.#fence(peer, term, fenced),
        () => fenced.size >= needed,
      );
      if (replies(answers).includes(false)) term.end('fenced');
      if (fenced.size < needed) await this.#pause(fencePauseMs);
    }
    if (this.#stopped.signal.aborted) term.end('stopping');
    if (!term.isValid()) return;
    this.#runtime.log.info('leader.fenced', { scope: term.fence.scope, token: term.fence.token, replicas: [...fenced] });
    this.#term = term;
    for (const peer of registers.peers) void this.#fenceStraggler(peer, term, fenced);
    this.#options.onElected(term);
  }

  /** Is the token the highest this replica knows? Rejects when it doesn't answer. */
  async #fence(peer: ReplicaPeer, term: Term, fenced: Set<string>): Promise<boolean> {
    const reply = await peer.raiseFence(term.fence, this.#options.node, Math.max(1, Math.min(fenceTimeoutMs, term.leftMs())));
    if (reply.kind === 'raised') fenced.add(peer.name);
    return reply.kind === 'raised';
  }

  /** A quorum is enough to lead; the rest are told as well, until each has answered, so that no replica stays open to stale writes. */
  async #fenceStraggler(peer: ReplicaPeer, term: Term, fenced: Set<string>): Promise<void> {
    while (!fenced.has(peer.name) && term.isValid()) {
      const isHighest = await this.#fence(peer, term, fenced).catch(() => undefined);
      if (isHighest === false) term.end('fenced');
      else if (isHighest === undefined) await this.#runtime.timers.sleep(fencePauseMs, term.signal).catch(() => undefined);
    }
  }
}
