/**
 * HTML that escapes by default. Everything interpolated into `html` is text unless it is itself a `Markup`, and a `Markup` can only come from
 * `html`: there is no way to forge one from JSON, so no evidence, however hostile, becomes an element.
 */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Markup };

export type Part = string | number | Markup | readonly Markup[] | undefined;

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, position) => text + render(parts[position])).join(''));
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.toString();
  if (Array.isArray(part)) return part.map((one: unknown) => (one instanceof Markup ? one.toString() : escapeHtml(String(one)))).join('');
  return escapeHtml(String(part));
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for quoted attributes. A NUL is replaced, as a parser would. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character).replaceAll('\0', '\uFFFD');
}

/** JSON that may stand in a script element: no `<`, so it can neither close the element nor open a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
