/** What a reader found on a line, and how it becomes an operation. */
import type { Operation, OperationError, OperationType, Process } from '../operation.ts';
import { NEMESIS } from '../operation.ts';

/** A problem with a history file, with the line it is on and what was expected there. */
export class HistoryFormatError extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(`Line ${line}: ${message}`);
    this.name = 'HistoryFormatError';
    this.line = line;
  }
}

/** The fields of an operation before they are checked; a time may be too large for a double. */
export interface RawOperation {
  readonly index?: unknown;
  readonly time?: unknown;
  readonly process?: unknown;
  readonly type?: unknown;
  readonly f?: unknown;
  readonly value?: unknown;
  readonly error?: unknown;
  readonly node?: unknown;
  readonly key?: unknown;
  readonly intended?: unknown;
}

export interface LocatedOperation {
  readonly raw: RawOperation;
  readonly line: number;
}

const types: ReadonlySet<unknown> = new Set<OperationType>(['invoke', 'ok', 'fail', 'info']);

/**
 * Turns raw operations into operations: indexes and times that are missing come from the position, and times too large for a double
 * (nanoseconds since 1970) count from the first one.
 */
export class OperationBuilder {
  readonly operations: Operation[] = [];
  /** Position → line. */
  readonly lines: number[] = [];
  /** The first position at which time went backwards, -1 when it never did. */
  backwardsAt = -1;
  #timed: boolean | undefined;
  #base = 0n;
  #last = Number.NEGATIVE_INFINITY;

  add({ raw, line }: LocatedOperation): void {
    const position = this.operations.length;
    const { type, f, value = null, error, node, key, intended } = raw;
    if (!types.has(type)) throw new HistoryFormatError(line, `expected type to be invoke, ok, fail or info, got ${show(type)}`);
    if (typeof f !== 'string') throw new HistoryFormatError(line, `expected f to name a function, got ${show(f)}`);
    const time = this.#time(raw.time, position, line);
    this.operations.push({
      index: Number.isSafeInteger(raw.index) ? Number(raw.index) : position,
      time,
      process: processOf(raw.process, line),
      type: type as OperationType,
      f,
      value,
      ...(error === undefined || error === null ? {} : { error: errorOf(error) }),
      ...(typeof node === 'string' ? { node } : {}),
      ...(key === undefined || key === null ? {} : { key: typeof key === 'string' ? key : JSON.stringify(key) }),
      ...(typeof intended === 'number' ? { intended } : {}),
    });
    this.lines.push(line);
  }

  /** Gives every operation its position for a time: the order in the file is the only clock. */
  timeByPosition(): void {
    for (const [position, operation] of this.operations.entries()) this.operations[position] = { ...operation, time: position };
  }

  #time(raw: unknown, position: number, line: number): number {
    const given = raw !== undefined && raw !== null;
    this.#timed ??= given;
    if (given !== this.#timed) {
      throw new HistoryFormatError(
        line,
        given ? 'expected no time, since operations before it have none' : 'expected a time, since operations before it have one',
      );
    }
    if (!given) return position;
    if (typeof raw !== 'number' && typeof raw !== 'bigint')
      throw new HistoryFormatError(line, `expected time to be a number of nanoseconds, got ${show(raw)}`);
    if (position === 0 && typeof raw === 'bigint') this.#base = raw;
    const time = this.#base === 0n || !Number.isInteger(Number(raw)) ? Number(raw) : Number(BigInt(raw) - this.#base);
    if (time < this.#last && this.backwardsAt === -1) this.backwardsAt = position;
    this.#last = time;
    return time;
  }
}

function processOf(raw: unknown, line: number): Process {
  if (raw === NEMESIS) return NEMESIS;
  if (Number.isSafeInteger(raw) && Number(raw) >= 0) return Number(raw);
  throw new HistoryFormatError(line, `expected process to be a whole number or "${NEMESIS}", got ${show(raw)}`);
}

/** Other tools' errors are anything at all; a plain word is taken for a code. */
function errorOf(raw: unknown): OperationError {
  if (typeof raw === 'object' && raw !== null && 'code' in raw && typeof raw.code === 'string') {
    return { code: raw.code, message: 'message' in raw && typeof raw.message === 'string' ? raw.message : raw.code };
  }
  if (typeof raw === 'string') return { code: raw, message: raw };
  const first: unknown = Array.isArray(raw) ? raw[0] : undefined;
  return { code: typeof first === 'string' ? first : 'unspecified', message: JSON.stringify(raw) };
}

export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
