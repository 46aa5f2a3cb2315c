/**
 * A log: `append` returns the offset its value got (or `null` when the log does not say), `read` returns the values from the offset in
 * its input (default 0) to the end.
 */
import { canonical } from './canonical.ts';
import { type Call, describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

type Log = readonly string[];

function offset(input: unknown): number {
  return typeof input === 'number' ? input : 0;
}

function saysOffset(call: Call): boolean {
  return typeof call.output === 'number';
}

export const appendLog: Model<Log> = {
  name: 'append-log',
  description: 'A log that only grows at its end.',
  functions: ['append', 'read'],
  init: (initial) => (Array.isArray(initial) ? initial.map(canonical) : []),
  step(log, call) {
    if (call.f === 'append') return saysOffset(call) && call.output !== log.length ? REJECTED : [...log, canonical(call.input)];
    if (call.output === UNKNOWN_OUTPUT) return log;
    return canonical(call.output) === `[${log.slice(offset(call.input)).join(',')}]` ? log : REJECTED;
  },
  canonical: (log) => JSON.stringify(log),
  describeState: (log) => `[${log.join(', ')}]`,
  describeCall: describe,
  nature: (call) => (call.f === 'read' ? 'read' : 'update'),
  problem(call) {
    if (call.f !== 'read') return undefined;
    if (call.input !== null && call.input !== undefined && (!Number.isInteger(call.input) || offset(call.input) < 0)) {
      return `expected the input of read to be an offset, got ${canonical(call.input)}`;
    }
    if (call.output !== UNKNOWN_OUTPUT && !Array.isArray(call.output)) return `expected a read of a log to return a list, got ${canonical(call.output)}`;
    return undefined;
  },
};
