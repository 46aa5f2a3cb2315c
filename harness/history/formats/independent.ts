/**
 * Jepsen's `independent` workloads write `[key value]` where others write the value, and EDN doesn't tell such a pair from any other vector.
 * A read that was invoked with `[key nil]` does: no other workload asks for anything in a read.
 */
import { NEMESIS, type Operation } from '../operation.ts';
import { HistoryFormatError, show } from './raw-operation.ts';
import type { HistoryReading } from './read.ts';

/** Does every value look like a pair of a key and a value, with a read among them that shows it? */
export function looksIndependent(operations: readonly Operation[]): boolean {
  let shown = false;
  for (const { process, type, f, value, key } of operations) {
    if (process === NEMESIS) continue;
    if (key !== undefined) return false;
    if (type !== 'invoke') continue;
    if (!isPair(value)) return false;
    if (f !== 'read') continue;
    if (value[1] !== null) return false;
    shown = true;
  }
  return shown;
}

/** The same history with the keys in their place. Throws a `HistoryFormatError` where an invocation's value is no pair. */
export function splitIndependent(reading: HistoryReading): HistoryReading {
  const operations = reading.operations.map((operation, position): Operation => {
    const { process, type, value } = operation;
    if (process === NEMESIS) return operation;
    if (isPair(value)) return { ...operation, key: nameOf(value[0]), value: value[1] };
    // What went wrong may stand where the pair would.
    if (type !== 'invoke' && value === null) return operation;
    throw new HistoryFormatError(reading.lines[position] ?? 0, `expected a value [key value], got ${show(value)}`);
  });
  return { ...reading, operations };
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}

/** Different keys get different names: the string "1" is not the number. */
function nameOf(key: unknown): string {
  const plainWord = typeof key === 'string' && !/^[-\d[{"]|^(?:true|false|null)$/.test(key);
  return plainWord ? key : JSON.stringify(key);
}
