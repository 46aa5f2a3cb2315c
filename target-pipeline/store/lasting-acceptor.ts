/**
 * An acceptor that outlives a full disk. Once an append has failed, memory is ahead of the disk: such an acceptor answers nothing more. Its
 * place takes one that is opened anew, from what the disk really holds, as after a restart. A failed *sync* is another matter: the kernel may
 * have dropped the pages and show them all the same (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020), so that
 * log stays closed until the node is started on a disk that somebody has looked at.
 */
import type { Runtime } from '../runtime/port.ts';
import { Acceptor, type AcceptorOptions } from './acceptor.ts';
import { AppendRefusedError } from './write-ahead-log.ts';

/** What a replica does for its callers. */
export type AcceptorPort = Pick<Acceptor, 'prepare' | 'accept' | 'read' | 'raiseFence' | 'scan' | 'fences' | 'close'>;

/** The disk took nothing of it: the call did not happen and never will. */
export class ReplicaRefusesError extends Error {
  override readonly name = 'ReplicaRefusesError';
}

/** Opening reads the whole log, so a disk that stays full is tried this often. */
const reopenPauseMs = 250;

export async function openLastingAcceptor(runtime: Runtime, options: AcceptorOptions): Promise<AcceptorPort> {
  let acceptor: Acceptor | undefined = await Acceptor.open(runtime, options);
  let reopening: Promise<void> = Promise.resolve();
  const closed = new AbortController();

  const reopen = async (failed: Acceptor): Promise<void> => {
    await failed.close();
    while (!closed.signal.aborted) {
      await runtime.timers.sleep(reopenPauseMs, closed.signal).catch(() => undefined);
      try {
        acceptor = await Acceptor.open(runtime, options);
        return;
      } catch (error) {
        runtime.log.error('wal.reopen-failed', { replica: options.replica, message: String(error) });
      }
    }
  };

  const current = (): Acceptor => {
    if (acceptor === undefined) throw new ReplicaRefusesError('The disk took no more; the log is being opened anew.');
    return acceptor;
  };

  const using = async <Reply>(work: (acceptor: Acceptor) => Promise<Reply>): Promise<Reply> => {
    const used = current();
    try {
      return await work(used);
    } catch (error) {
      if (!(error instanceof AppendRefusedError)) throw error;
      if (acceptor === used) {
        runtime.log.error('wal.append-refused', { replica: options.replica, message: error.message });
        acceptor = undefined;
        reopening = reopen(used);
      }
      throw new ReplicaRefusesError(error.message, { cause: error });
    }
  };

  return {
    prepare: (request) => using((one) => one.prepare(request)),
    accept: (request) => using((one) => one.accept(request)),
    read: (key) => using((one) => one.read(key)),
    raiseFence: (fence, from) => using((one) => one.raiseFence(fence, from)),
    scan: (query) => using((one) => one.scan(query)),
    fences: () => current().fences(),
    close: async () => {
      closed.abort();
      await reopening;
      await acceptor?.close();
    },
  };
}
