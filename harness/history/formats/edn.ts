/**
 * A reader of EDN (Clojure's data notation), as far as Jepsen and Knossos write it into histories.
 * Keywords become their names (`:read` → `"read"`), maps become objects, lists, vectors and sets become arrays, tags are dropped. Whole
 * numbers that a double can't hold become strings of their digits, so that different values stay different.
 */

export class EdnError extends Error {
  /** Where in the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'EdnError';
    this.offset = offset;
  }
}

/** A keyword, told apart from a string where that matters (`:timed-out` as a value is an error, not a value). */
export class Keyword {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The one form in `text`, with keywords still told apart from strings. */
export function parseEdn(text: string): unknown {
  const reader = new EdnReader(text);
  const form = reader.form();
  reader.skip();
  if (reader.at < text.length)
    throw new EdnError(`expected one form, got more after it: ${JSON.stringify(text.slice(reader.at, reader.at + 20))}`, reader.at);
  return form;
}

/** The same value as plain JSON. */
export function plain(form: unknown): unknown {
  if (form instanceof Keyword) return form.name;
  if (typeof form === 'bigint') return String(form);
  if (Array.isArray(form)) return form.map(plain);
  if (form instanceof Map) return Object.fromEntries([...form].map(([name, value]) => [nameOf(name), plain(value)]));
  return form;
}

function nameOf(form: unknown): string {
  const value = plain(form);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const closing: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };
const named: Readonly<Record<string, unknown>> = {
  nil: null,
  true: true,
  false: false,
  '##Inf': Infinity,
  '##-Inf': -Infinity,
  '##NaN': Number.NaN,
};
const characters: Readonly<Record<string, string>> = {
  newline: '\n',
  space: ' ',
  tab: '\t',
  return: '\r',
  backspace: '\b',
  formfeed: '\f',
};
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/' };
const delimiter = /[\s,;"()[\]{}]/;

class EdnReader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Past white space, commas, comments and discarded forms. */
  skip(): void {
    for (;;) {
      const next = this.#text[this.at];
      if (next === undefined) return;
      if (next === ',' || /\s/.test(next)) this.at++;
      else if (next === ';') {
        const end = this.#text.indexOf('\n', this.at);
        this.at = end === -1 ? this.#text.length : end + 1;
      } else if (next === '#' && this.#text[this.at + 1] === '_') {
        this.at += 2;
        this.form();
      } else return;
    }
  }

  form(): unknown {
    this.skip();
    const start = this.at;
    const next = this.#text[start];
    if (next === undefined) throw new EdnError('expected a form, got the end of the text', start);
    if (next === '"') return this.#string();
    if (next === '[' || next === '(') return this.#sequence(closing[next] as string);
    if (next === '{') return this.#map();
    if (next === '#') return this.#dispatch();
    if (next === '\\') return this.#character();
    if (next === ')' || next === ']' || next === '}') throw new EdnError(`expected a form, got an unmatched ${next}`, start);
    return this.#atom(this.#token());
  }

  #token(): string {
    const start = this.at;
    while (this.at < this.#text.length && !delimiter.test(this.#text[this.at] as string)) this.at++;
    return this.#text.slice(start, this.at);
  }

  #atom(token: string): unknown {
    if (Object.hasOwn(named, token)) return named[token];
    if (token.startsWith(':') && token.length > 1) return new Keyword(token.slice(1));
    if (/^[+-]?\d+N?$/.test(token)) {
      const digits = token.replace('N', '').replace('+', '');
      const number = Number(digits);
      return Number.isSafeInteger(number) ? number : BigInt(digits);
    }
    if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(token)) return Number(token.replace('M', ''));
    if (token === '') throw new EdnError(`expected a form, got ${JSON.stringify(this.#text[this.at])}`, this.at);
    // A symbol; as data it is its name.
    return token;
  }

  #sequence(end: string): unknown[] {
    const start = this.at++;
    const forms: unknown[] = [];
    for (;;) {
      this.skip();
      const next = this.#text[this.at];
      if (next === undefined) throw new EdnError(`expected ${end} to close what begins here`, start);
      if (next === end) {
        this.at++;
        return forms;
      }
      forms.push(this.form());
    }
  }

  #map(): Map<unknown, unknown> {
    const start = this.at;
    const forms = this.#sequence('}');
    if (forms.length % 2 === 1) throw new EdnError('expected a map to have a value for each key, got an odd number of forms', start);
    const map = new Map<unknown, unknown>();
    for (let at = 0; at < forms.length; at += 2) map.set(plain(forms[at]), forms[at + 1]);
    return map;
  }

  #dispatch(): unknown {
    const next = this.#text[this.at + 1];
    if (next === '{') {
      this.at++;
      return this.#sequence('}');
    }
    if (next === '#') return this.#atom(this.#token());
    this.at++;
    const tag = this.#token();
    if (tag === '') throw new EdnError('expected a tag after #', this.at);
    return this.form();
  }

  #character(): string {
    const token = this.#token();
    const name = token.slice(1);
    if (name === '') return this.#text[this.at++] ?? '';
    return characters[name] ?? (/^u[0-9a-fA-F]{4}$/.test(name) ? String.fromCharCode(Number.parseInt(name.slice(1), 16)) : name);
  }

  #string(): string {
    const start = this.at++;
    let value = '';
    for (;;) {
      const next = this.#text[this.at++];
      if (next === undefined) throw new EdnError('expected " to close the string that begins here', start);
      if (next === '"') return value;
      if (next !== '\\') value += next;
      else value += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text[this.at++] ?? '';
    if (letter === 'u') {
      const code = this.#text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(code))
        throw new EdnError(`expected four hexadecimal digits after \\u, got ${JSON.stringify(code)}`, this.at);
      this.at += 4;
      return String.fromCharCode(Number.parseInt(code, 16));
    }
    const value = escapes[letter];
    if (value === undefined) throw new EdnError(`expected a known escape in a string, got \\${letter}`, this.at - 2);
    return value;
  }
}
