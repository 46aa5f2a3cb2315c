/** Reads a history chunk by chunk, whatever its format. */
import { createReadStream } from 'node:fs';
import type { Operation } from '../operation.ts';
import { EdnError, parseEdn, plain } from './edn.ts';
import { EdnForms, type Form } from './edn-forms.ts';
import { parseLogLine } from './jepsen-log.ts';
import { parseJsonLine } from './jsonl.ts';
import { HistoryFormatError, OperationBuilder, type RawOperation, show } from './raw-operation.ts';

export type HistoryFormat = 'jsonl' | 'edn' | 'jepsen-log';

export interface HistoryReading {
  readonly format: HistoryFormat;
  readonly operations: readonly Operation[];
  /** Position → line (the line on which it begins), from 1. */
  readonly lines: readonly number[];
  /** What a reader of the verdict should know: a torn last line, times that were not used. */
  readonly warnings: readonly string[];
}

/** Which format a file beginning like this has. Throws a `HistoryFormatError` when it is none of them. */
export function detectFormat(beginning: string): HistoryFormat {
  const text = beginning.replace(/^\uFEFF/, '').trimStart();
  if (/^\{\s*"/.test(text)) return 'jsonl';
  if (/^(;|#|\{|\[|\()/.test(text)) return 'edn';
  if (/\s:(invoke|ok|fail|info)\s/.test(text)) return 'jepsen-log';
  throw new HistoryFormatError(1, `expected JSON lines, EDN or Jepsen log lines, got ${show(text.slice(0, 60))}`);
}

/**
 * Reads a history from disk, piece by piece: its text is never in memory as a whole. The format is told from the beginning unless it is given.
 * Throws a `HistoryFormatError` with the line where something else was expected; a last line that is cut off is a warning.
 */
export async function readHistoryFile(path: string, format?: HistoryFormat): Promise<HistoryReading> {
  return readHistory(createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>, format);
}

/** As `readHistoryFile`, from any source of text. */
export async function readHistory(chunks: AsyncIterable<string>, format?: HistoryFormat): Promise<HistoryReading> {
  const reader = new HistoryReader(format);
  for await (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

/** As `readHistoryFile`, from a text in memory. */
export function parseHistory(text: string, format?: HistoryFormat): HistoryReading {
  const reader = new HistoryReader(format);
  reader.push(text);
  return reader.end();
}

/** Enough to see past comments and other log lines at the beginning. */
const DETECT_CHARACTERS = 4096;

class HistoryReader {
  readonly #builder = new OperationBuilder();
  readonly #warnings: string[] = [];
  #format: HistoryFormat | undefined;
  #undetected = '';
  #splitter: LineSplitter | EdnForms | undefined;

  constructor(format: HistoryFormat | undefined) {
    if (format !== undefined) this.#begin(format);
  }

  push(chunk: string): void {
    if (this.#format === undefined) {
      this.#undetected += chunk;
      if (this.#undetected.length >= DETECT_CHARACTERS) this.#detect();
      return;
    }
    for (const form of (this.#splitter as LineSplitter | EdnForms).push(chunk)) this.#take(form);
  }

  end(): HistoryReading {
    if (this.#format === undefined) {
      if (this.#undetected.trim() === '') return { format: 'jsonl', operations: [], lines: [], warnings: [] };
      this.#detect();
    }
    const format = this.#format as HistoryFormat;
    if (this.#splitter instanceof EdnForms) this.#endForms(this.#splitter);
    else this.#endLines(this.#splitter as LineSplitter);
    this.#settleTimes(format);
    return { format, operations: this.#builder.operations, lines: this.#builder.lines, warnings: this.#warnings };
  }

  #detect(): void {
    const text = this.#undetected;
    this.#undetected = '';
    this.#begin(detectFormat(text.slice(0, DETECT_CHARACTERS)));
    this.push(text.replace(/^\uFEFF/, ''));
  }

  #begin(format: HistoryFormat): void {
    this.#format = format;
    this.#splitter = format === 'edn' ? new EdnForms() : new LineSplitter();
  }

  #take({ text, line }: Form): void {
    if (text.trim() === '') return;
    const raw =
      this.#format === 'edn' ? parseForm(text, line) : this.#format === 'jsonl' ? parseJsonLine(text, line) : parseLogLine(text, line);
    if (raw !== undefined) this.#builder.add({ raw, line });
  }

  #endForms(forms: EdnForms): void {
    const ending = forms.end();
    for (;;) {
      const { value, done } = ending.next();
      if (done) {
        if (value !== undefined)
          this.#warnings.push(`The file ends in the middle of what begins on line ${value.line}; that part was left out.`);
        return;
      }
      this.#take(value);
    }
  }

  /** A recorder that was killed leaves half a line at the end. What it recorded before is still evidence. */
  #endLines(lines: LineSplitter): void {
    const last = lines.rest();
    if (last === undefined) return;
    try {
      this.#take(last);
    } catch (error) {
      if (!(error instanceof HistoryFormatError)) throw error;
      this.#warnings.push(`Line ${last.line}, the last, is torn (${last.text.length} characters, no line end); it was left out.`);
    }
  }

  /**
   * Jepsen takes an operation's time before it adds it to the history, so that times there may go backwards; its checkers go by the order in
   * the file, and so do we then. In our own format that would be a broken recording, and is left for the checker to say.
   */
  #settleTimes(format: HistoryFormat): void {
    if (this.#builder.backwardsAt === -1 || format === 'jsonl') return;
    this.#warnings.push(
      `Times go backwards on line ${this.#builder.lines[this.#builder.backwardsAt]}; the order in the file was used instead.`,
    );
    this.#builder.timeByPosition();
  }
}

class LineSplitter {
  #rest = '';
  #line = 1;

  *push(chunk: string): Generator<Form> {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const text of lines) yield { text: text.endsWith('\r') ? text.slice(0, -1) : text, line: this.#line++ };
  }

  /** The last line, when no line end came after it. */
  rest(): Form | undefined {
    return this.#rest === '' ? undefined : { text: this.#rest, line: this.#line };
  }
}

function parseForm(text: string, line: number): RawOperation | undefined {
  if (text.startsWith('#_')) return undefined;
  let form: unknown;
  try {
    form = parseEdn(text);
  } catch (error) {
    if (!(error instanceof EdnError)) throw error;
    const before = text.slice(0, error.offset).split('\n').length - 1;
    throw new HistoryFormatError(line + before, error.message);
  }
  if (!(form instanceof Map)) throw new HistoryFormatError(line, `expected an operation, that is a map, got ${show(plain(form))}`);
  // Times may be too large for a double, and are kept whole until they are rebased.
  const time: unknown = form.get('time');
  const raw: Record<string, unknown> = {};
  for (const name of ['index', 'process', 'type', 'f', 'value', 'error', 'node', 'key'] as const) {
    if (form.has(name)) raw[name] = plain(form.get(name));
  }
  return time === undefined ? raw : { ...raw, time };
}
