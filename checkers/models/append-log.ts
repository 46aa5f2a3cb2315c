/**
 * A log: `append` returns the offset its value got (or nothing, when the log does not say), `read` returns the values from the offset in
 * its input (default 0) to the end.
 */
import { canonical } from './canonical.ts';
import { type Call, describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

/** `values` are canonical; absent: no read will ever see this log, or what becomes of it. */
export interface Log {
  readonly length: number;
  readonly values?: readonly string[];
}

function offset(input: unknown): number {
  return typeof input === 'number' ? input : 0;
}

function logOf(values: readonly string[]): Log {
  return { length: values.length, values };
}

function step(log: Log, call: Call): Log | typeof REJECTED {
  if (call.f === 'append') {
    if (typeof call.output === 'number' && call.output !== log.length) return REJECTED;
    return log.values === undefined ? { length: log.length + 1 } : logOf([...log.values, canonical(call.input)]);
  }
  if (call.output === UNKNOWN_OUTPUT) return log;
  return log.values !== undefined && canonical(call.output) === `[${log.values.slice(offset(call.input)).join(',')}]` ? log : REJECTED;
}

const describeLog = ({ length, values }: Log): string =>
  values === undefined ? `${length} values in an order nobody reads` : `[${values.join(', ')}]`;

export const appendLog: Model<Log> = {
  name: 'append-log',
  description: 'A log that only grows at its end.',
  functions: ['append', 'read'],
  init: (initial) => logOf(Array.isArray(initial) ? initial.map(canonical) : []),
  step,
  canonical: ({ length, values }) => (values === undefined ? String(length) : JSON.stringify(values)),
  describeState: describeLog,
  describeCall: describe,
  nature: (call) => (call.f === 'read' ? 'read' : 'update'),
  specialize(calls) {
    const reads = calls.flatMap(({ f, input, output }) =>
      f === 'read' && Array.isArray(output) ? [{ from: offset(input), values: output.map(canonical) }] : [],
    );
    /** A log that is not the beginning of what some read saw never will be. */
    const stateFor = (log: Log): Log => {
      const { values } = log;
      if (values === undefined) return log;
      const isBeginning = reads.some(
        (read) =>
          values.length <= read.from + read.values.length &&
          values.every((value, at) => at < read.from || value === read.values[at - read.from]),
      );
      return isBeginning ? log : { length: values.length };
    };
    const specialized: Model<Log> = {
      ...appendLog,
      step(log, call) {
        const next = step(log, call);
        return next === REJECTED ? REJECTED : stateFor(next);
      },
    };
    return { model: specialized, stateFor };
  },
  problem(call) {
    if (call.f !== 'read') return undefined;
    if (call.input !== null && call.input !== undefined && (!Number.isInteger(call.input) || offset(call.input) < 0)) {
      return `expected the input of read to be an offset, got ${canonical(call.input)}`;
    }
    if (call.output !== UNKNOWN_OUTPUT && !Array.isArray(call.output))
      return `expected a read of a log to return a list, got ${canonical(call.output)}`;
    return undefined;
  },
};
