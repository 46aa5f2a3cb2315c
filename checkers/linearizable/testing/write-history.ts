/** Histories for tests, written down the way one would draw them. */
import type { Operation, OperationType } from '../../../harness/history/index.ts';

export interface Line {
  readonly process: Operation['process'];
  readonly type: OperationType;
  readonly f: string;
  readonly value?: unknown;
  readonly time?: number;
  readonly key?: string;
  readonly error?: NonNullable<Operation['error']>;
}

/** Without times, each line happens after the one before. */
export function history(...lines: readonly Line[]): Operation[] {
  return lines.map(({ time, value = null, ...line }, index) => ({ index, time: time ?? index * 10, value, ...line }));
}

/** Calls one after the other, each complete before the next: `['write', 1]`, `['read', null, 1]`. */
export function sequential(...calls: readonly (readonly [f: string, input: unknown, output?: unknown])[]): Operation[] {
  return history(
    ...calls.flatMap(([f, input, output = null]): Line[] => [
      { process: 0, type: 'invoke', f, value: input },
      { process: 0, type: 'ok', f, value: output },
    ]),
  );
}

/** All calls at once, each by a process of its own, answered in the order given. */
export function concurrent(...calls: readonly (readonly [f: string, input: unknown, output?: unknown])[]): Operation[] {
  return history(
    ...calls.map(([f, input], process): Line => ({ process, type: 'invoke', f, value: input })),
    ...calls.map(([f, , output = null], process): Line => ({ process, type: 'ok', f, value: output })),
  );
}
