/**
 * Writes the history while it happens: dense indexes, one monotonic clock, a line on disk for each entry, and the same entries in
 * memory for the checkers. It refuses what no history may contain, so that a bug in a runner is an exception here and not a false
 * accusation later.
 *
 *     const recorder = createRecorder({ path: 'history.jsonl', now });
 *     recorder.append({ process: 0, type: 'invoke', f: 'read', value: null, key: 'r-1' });
 *     recorder.append({ process: 0, type: 'ok', f: 'read', value: 3, key: 'r-1', node: 'order-2' });
 *     await recorder.close();
 */
import { openJsonLines } from './jsonl.ts';
import { NEMESIS, type Operation } from './operation.ts';

/** An entry before it has its place and time. */
export type OperationEntry = Omit<Operation, 'index' | 'time'>;

export interface Recorder {
  /** Records now. Returns the entry as it stands in the history. */
  append(entry: OperationEntry): Operation;
  /** The history so far. Grows with it; copy it to keep a moment. */
  readonly operations: readonly Operation[];
  /** Marks every open client operation `info` with code `interrupted`: the run stops and nobody will learn how they ended. */
  interrupt(message: string): void;
  /** What was recorded so far survives the end of this process. */
  flush(): Promise<void>;
  /** Interrupts what is open, and waits until everything is on disk. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** The file to write. Without one the history is kept in memory only. */
  readonly path?: string;
  /** Nanoseconds since the run began, monotonic. */
  readonly now: () => number;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { path, now } = options;
  const file = path === undefined ? undefined : openJsonLines(path);
  const operations: Operation[] = [];
  const open = new Map<number, Operation>();
  const retired = new Set<number>();
  let lastTime = 0;

  const check = (entry: OperationEntry, time: number): void => {
    if (!Number.isSafeInteger(time) || time < lastTime) {
      throw new Error(`the clock of the history must give whole nanoseconds and never go back: it was ${lastTime} and is ${time}`);
    }
    const { process, type } = entry;
    if (process === NEMESIS) return;
    if (type === 'invoke') {
      if (open.has(process)) throw misuse(entry, 'its previous operation has not completed');
      if (retired.has(process)) throw misuse(entry, 'its number was retired by an earlier `info`');
      return;
    }
    const invocation = open.get(process);
    if (invocation === undefined) throw misuse(entry, 'it has no open operation');
    if (invocation.f !== entry.f || invocation.key !== entry.key) {
      throw misuse(entry, `its open operation is ${invocation.f} of ${invocation.key ?? 'no key'}`);
    }
  };

  const append = (entry: OperationEntry): Operation => {
    const time = now();
    check(entry, time);
    const operation = place(entry, operations.length, time);
    file?.append(operation);
    operations.push(operation);
    lastTime = time;
    const { process, type } = operation;
    if (process !== NEMESIS) {
      if (type === 'invoke') open.set(process, operation);
      else open.delete(process);
      if (type === 'info') retired.add(process);
    }
    return operation;
  };

  const interrupt = (message: string): void => {
    for (const { process, f, value, key } of [...open.values()]) {
      append({ process, type: 'info', f, value, error: { code: 'interrupted', message }, ...(key === undefined ? {} : { key }) });
    }
  };

  return {
    append,
    operations,
    interrupt,
    flush: async () => file?.flush(),
    close: async () => {
      interrupt('The history was closed before the call completed.');
      await file?.close();
    },
  };
}

function misuse(entry: OperationEntry, reason: string): Error {
  return new Error(`process ${entry.process} cannot record ${entry.type} ${entry.f}: ${reason}`);
}

/** Every entry has its members in one order, and only those that apply: lines read alike, and a million of them stay small. */
function place(entry: OperationEntry, index: number, time: number): Operation {
  const { process, type, f, value, error, node, key, intended } = entry;
  return {
    index,
    time,
    process,
    type,
    f,
    // JSON has no undefined: the history in memory must be the one on disk.
    value: value ?? null,
    ...(key === undefined ? {} : { key }),
    ...(node === undefined ? {} : { node }),
    ...(error === undefined ? {} : { error }),
    ...(intended === undefined ? {} : { intended }),
  };
}
