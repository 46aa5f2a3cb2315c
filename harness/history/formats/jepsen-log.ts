/**
 * Lines that Jepsen logs as operations happen, columns separated by tabs or spaces:
 *
 *     INFO  jepsen.util - 3	:invoke	:cas	[3 0]
 *     INFO  jepsen.util - 3	:info	:cas	:timed-out
 *
 * Other lines of the log are passed over. There is no clock: the order of the lines is the order of events.
 */
import { EdnError, Keyword, parseEdn, plain } from './edn.ts';
import { HistoryFormatError, type RawOperation, show } from './raw-operation.ts';

const operation = /(?:^|\s-\s+|\s)(\d+|:nemesis)\s+:(invoke|ok|fail|info)\s+:(\S+)(?:\s+(.*))?$/;

/** `undefined`: a line that is not about an operation. */
export function parseLogLine(text: string, line: number): RawOperation | undefined {
  const found = operation.exec(text.trimEnd());
  if (found === null) return undefined;
  const [, process = '', type = '', f = '', rest = ''] = found;
  const who = process === ':nemesis' ? 'nemesis' : Number(process);
  const value = rest === '' ? null : ednValueOf(rest, line);
  // Where the result would stand, a keyword says what went wrong.
  if (value instanceof Keyword && (type === 'info' || type === 'fail')) return { process: who, type, f, value: null, error: value.name };
  return { process: who, type, f, value: plain(value) };
}

function ednValueOf(text: string, line: number): unknown {
  try {
    return parseEdn(text);
  } catch (error) {
    if (!(error instanceof EdnError)) throw error;
    // What the nemesis logs may be prose; it constrains nothing.
    if (/\s:nemesis\s/.test(text)) return null;
    throw new HistoryFormatError(line, `expected a value after the function, got ${show(text)} (${error.message})`);
  }
}
