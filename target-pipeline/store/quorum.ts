/**
 * Quorum sizes, and asking every replica while waiting only for as many as are needed.
 */
import type { Runtime, Timers } from '../runtime/port.ts';
import { ReplicaUnreachableError } from './protocol.ts';

export interface QuorumSizes {
  /** Answers needed to prepare or read (R). */
  readonly read: number;
  /** Answers needed to accept (W). */
  readonly write: number;
}

/** Says why these sizes can't be used, or nothing when they can. */
export function quorumProblem(sizes: QuorumSizes, replicas: number): string | undefined {
  for (const [name, size] of [
    ['read', sizes.read],
    ['write', sizes.write],
  ] as const) {
    if (!Number.isInteger(size) || size < 1 || size > replicas) {
      return `the ${name} quorum is ${size}; expected a whole number from 1 to ${replicas}, the number of replicas`;
    }
  }
  if (sizes.read + sizes.write <= replicas) {
    return `read quorum ${sizes.read} and write quorum ${sizes.write} do not intersect among ${replicas} replicas: R + W must be more than N, so raise one of them`;
  }
  return undefined;
}

/**
 * Acknowledged fences after which an older token can neither prepare a new ballot nor get a value accepted by a write quorum. Both are
 * needed: what a deposed leader leaves on one replica with a new ballot, a later read would finish for it.
 */
export function fenceQuorum(sizes: QuorumSizes, replicas: number): number {
  return Math.max(replicas - sizes.read + 1, replicas - sizes.write + 1);
}

export type PeerAnswer<Reply> =
  | { readonly peer: string; readonly reply: Reply }
  | { readonly peer: string; readonly failure: ReplicaUnreachableError };

/** How long those that have not answered are waited for, once they can only help. */
export const stragglerGraceMs = 50;

export interface Patience<Reply> {
  readonly timers: Timers;
  /** From when on the rest are waited for no longer than `graceMs`. One silent replica must not hold up what can be tried again without it. */
  readonly begins: (answers: readonly PeerAnswer<Reply>[]) => boolean;
  readonly graceMs: number;
}

/**
 * Calls every peer at once and resolves as soon as `enough` says so, when patience ends, or when all have answered or failed.
 * Answers that come later are dropped; their calls end by their own deadlines.
 */
export function gather<Peer extends { readonly name: string }, Reply>(
  peers: readonly Peer[],
  call: (peer: Peer) => Promise<Reply>,
  enough: (answers: readonly PeerAnswer<Reply>[]) => boolean,
  patience?: Patience<Reply>,
): Promise<readonly PeerAnswer<Reply>[]> {
  return new Promise((resolve) => {
    const answers: PeerAnswer<Reply>[] = [];
    let settled = false;
    let cancelGrace: (() => void) | undefined;
    const end = (): void => {
      settled = true;
      cancelGrace?.();
      resolve([...answers]);
    };
    const take = (answer: PeerAnswer<Reply>): void => {
      if (settled) return;
      answers.push(answer);
      if (answers.length === peers.length || enough(answers)) end();
      else if (patience?.begins(answers) === true) cancelGrace ??= patience.timers.after(patience.graceMs, end);
    };
    for (const peer of peers) {
      call(peer).then(
        (reply) => take({ peer: peer.name, reply }),
        (error: unknown) =>
          take({ peer: peer.name, failure: error instanceof ReplicaUnreachableError ? error : new ReplicaUnreachableError(String(error)) }),
      );
    }
  });
}

export function replies<Reply>(answers: readonly PeerAnswer<Reply>[]): readonly Reply[] {
  return answers.flatMap((answer) => ('reply' in answer ? [answer.reply] : []));
}

/** Longest pause before trying again, milliseconds: after a lost duel, and when replicas don't answer. */
export const backoffCeilingMs = { duel: 40, outage: 200 };
const backoffFirstMs = 4;

/**
 * Sleeps a random time below `4 ms · 2^round`, at most the ceiling: full jitter keeps duelling proposers apart. Whoever wins doesn't pause, so
 * a loser that paused for long would never get its turn; whoever meets an outage can wait.
 */
export function proposerBackoff(runtime: Runtime, round: number, cause: keyof typeof backoffCeilingMs): Promise<void> {
  return runtime.timers.sleep(runtime.random.uniform() * Math.min(backoffCeilingMs[cause], backoffFirstMs * 2 ** round));
}
