/**
 * Reads a `history.jsonl` back, also one that a crash cut off in the middle of a line.
 */
import { readJsonLines } from './jsonl.ts';
import { NEMESIS, type Operation, type OperationType, type Process } from './operation.ts';

export interface RecordedHistory {
  readonly operations: readonly Operation[];
  /** The last line, when a crash cut it off. What it would have said is unknown, like everything after it. */
  readonly torn?: string;
}

/** Reads a `history.jsonl`. Throws with path and line on anything that is not a history. */
export async function readHistory(path: string): Promise<RecordedHistory> {
  let lastTime = 0;
  const { values, torn } = await readJsonLines(path, (value, line) => {
    const operation = parseOperation(value);
    if (operation.index !== line - 1)
      throw new Error(`expected index ${line - 1}, got ${operation.index}: lines are missing or out of order`);
    if (operation.time < lastTime) throw new Error(`time goes back from ${lastTime} to ${operation.time}`);
    lastTime = operation.time;
    return operation;
  });
  return { operations: values, ...(torn === undefined ? {} : { torn }) };
}

/** Checks the shape of one line of a history. Throws with what was expected and what came. */
export function parseOperation(value: unknown): Operation {
  if (typeof value !== 'object' || value === null) throw expected('an operation (a JSON object)', value);
  const line = value as Readonly<Record<string, unknown>>;
  return {
    index: parseCount('index', line['index']),
    time: parseCount('time', line['time']),
    process: parseProcess(line['process']),
    type: parseType(line['type']),
    f: parseString('f', line['f']),
    value: line['value'] ?? null,
    ...(line['key'] === undefined ? {} : { key: parseString('key', line['key']) }),
    ...(line['node'] === undefined ? {} : { node: parseString('node', line['node']) }),
    ...(line['error'] === undefined ? {} : { error: parseError(line['error']) }),
    ...(line['intended'] === undefined ? {} : { intended: parseCount('intended', line['intended']) }),
  };
}

const operationTypes: readonly unknown[] = ['invoke', 'ok', 'fail', 'info'] satisfies OperationType[];

function parseType(value: unknown): OperationType {
  if (!operationTypes.includes(value)) throw expected('type to be invoke, ok, fail or info', value);
  return value as OperationType;
}

function parseProcess(value: unknown): Process {
  return value === NEMESIS ? NEMESIS : parseCount('process', value);
}

function parseError(value: unknown): { code: string; message: string } {
  if (typeof value !== 'object' || value === null) throw expected('error to be { code, message }', value);
  const { code, message } = value as Readonly<Record<string, unknown>>;
  return { code: parseString('error.code', code), message: parseString('error.message', message) };
}

function parseString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw expected(`${name} to be a string`, value);
  return value;
}

function parseCount(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw expected(`${name} to be a whole number, at least 0`, value);
  return value;
}

function expected(what: string, got: unknown): Error {
  return new Error(`expected ${what}, got ${JSON.stringify(got)}`);
}
