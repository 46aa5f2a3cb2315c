/** `history.jsonl`: one operation a line, as a JSON object. */
import { HistoryFormatError, type RawOperation, show } from './raw-operation.ts';

export function parseJsonLine(text: string, line: number): RawOperation {
  let parsed: unknown;
  try {
    parsed = JSON.parse(holdsLargeNumber.test(text) ? quoteLargeNumbers(text) : text);
  } catch (error) {
    throw new HistoryFormatError(line, `expected a JSON object, got ${show(text)} (${(error as Error).message})`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new HistoryFormatError(line, `expected a JSON object, got ${show(parsed)}`);
  const raw: RawOperation & { readonly time?: unknown } = parsed;
  return typeof raw.time === 'string' && /^-?\d+$/.test(raw.time) ? { ...raw, time: BigInt(raw.time) } : raw;
}

const holdsLargeNumber = /\d{16}/;

/** Whole numbers that a double can't hold would lose digits in `JSON.parse`, and different values would become equal. */
function quoteLargeNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}
