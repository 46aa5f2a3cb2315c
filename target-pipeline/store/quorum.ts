/**
 * Quorum sizes, and asking every replica while waiting only for as many as are needed.
 */
import type { Runtime } from '../runtime/port.ts';
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

/** Acknowledged fences after which no write under an older token can reach a write quorum. */
export function fenceQuorum(sizes: QuorumSizes, replicas: number): number {
  return Math.max(sizes.read, replicas - sizes.write + 1);
}

export type PeerAnswer<Reply> =
  | { readonly peer: string; readonly reply: Reply }
  | { readonly peer: string; readonly failure: ReplicaUnreachableError };

/**
 * Calls every peer at once and resolves as soon as `enough` says so, or when all have answered or failed.
 * Answers that come later are dropped; their calls end by their own deadlines.
 */
export function gather<Peer extends { readonly name: string }, Reply>(
  peers: readonly Peer[],
  call: (peer: Peer) => Promise<Reply>,
  enough: (answers: readonly PeerAnswer<Reply>[]) => boolean,
): Promise<readonly PeerAnswer<Reply>[]> {
  return new Promise((resolve) => {
    const answers: PeerAnswer<Reply>[] = [];
    const take = (answer: PeerAnswer<Reply>): void => {
      answers.push(answer);
      if (answers.length === peers.length || enough(answers)) resolve([...answers]);
    };
    for (const peer of peers) {
      call(peer).then(
        (reply) => take({ peer: peer.name, reply }),
        (error: unknown) =>
          take({ peer: peer.name, failure: error instanceof ReplicaUnreachableError ? error : new ReplicaUnreachableError(String(error), true) }),
      );
    }
  });
}

export function replies<Reply>(answers: readonly PeerAnswer<Reply>[]): readonly Reply[] {
  return answers.flatMap((answer) => ('reply' in answer ? [answer.reply] : []));
}

/** Sleep a random time below `capMs · 2^round`, at most `ceilingMs`: full jitter keeps duelling proposers apart. */
export function proposerBackoff(runtime: Runtime, round: number, capMs = 4, ceilingMs = 150): Promise<void> {
  return runtime.timers.sleep(runtime.random.uniform() * Math.min(ceilingMs, capMs * 2 ** round));
}
