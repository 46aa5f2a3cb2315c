/**
 * Cuts a stream of EDN into its operations: the maps at the top, or in one top-level vector or list. Works chunk by chunk, so that a
 * history need not fit into one string.
 */

export interface Form {
  readonly text: string;
  /** The line it begins on, from 1. */
  readonly line: number;
}

export interface Torn {
  readonly line: number;
}

export class EdnForms {
  #rest = '';
  /** Line of the first character of `rest`. */
  #line = 1;
  /** A top-level vector or list is open. */
  #inside = false;

  /** The forms completed by this chunk. */
  *push(chunk: string): Generator<Form> {
    const text = this.#rest + chunk;
    let at = 0;
    let line = this.#line;
    for (;;) {
      const from = this.#skip(text, at);
      if (from === undefined) break;
      line += lineBreaks(text, at, from);
      at = from;
      const next = text[at];
      if (next === undefined) break;
      if (!this.#inside && (next === '[' || next === '(')) {
        this.#inside = true;
        at++;
        continue;
      }
      if (this.#inside && (next === ']' || next === ')')) {
        this.#inside = false;
        at++;
        continue;
      }
      const end = formEnd(text, at);
      if (end === undefined) break;
      yield { text: text.slice(at, end), line };
      line += lineBreaks(text, at, end);
      at = end;
    }
    this.#rest = text.slice(at);
    this.#line = line;
  }

  /** What is left when the stream is over: forms that ended with it, and whether something was cut off. */
  *end(): Generator<Form, Torn | undefined> {
    yield* this.push('\n');
    if (this.#rest.trim() !== '') return { line: this.#line };
    return this.#inside ? { line: this.#line } : undefined;
  }

  /** Past white space and comments; `undefined` when a comment is not over yet. */
  #skip(text: string, from: number): number | undefined {
    let at = from;
    for (;;) {
      const next = text[at];
      if (next === undefined) return at;
      if (next === ',' || next <= ' ') at++;
      else if (next === ';') {
        const end = text.indexOf('\n', at);
        if (end === -1) return undefined;
        at = end + 1;
      } else return at;
    }
  }
}

/** Where the form that begins at `from` ends; `undefined` when it is not complete. */
function formEnd(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const next = text[at] as string;
    if (next === '"') {
      const end = stringEnd(text, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (next === ';') {
      const end = text.indexOf('\n', at);
      if (end === -1) return undefined;
      at = end;
    } else if (next === '\\') at++;
    else if (next === '{' || next === '[' || next === '(') depth++;
    else if (next === '}' || next === ']' || next === ')') {
      // Unmatched: as a form of its own, so that the reader of forms can say what is wrong with it.
      if (--depth <= 0) return depth < 0 && at > from ? at : at + 1;
    } else if (depth === 0 && (next === ',' || next <= ' ') && !/^#\S*$/.test(text.slice(from, at))) return at;
  }
  return undefined;
}

function stringEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return undefined;
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
