/** A sentence whose identifiers stay whole: `replica-2` must not end a line at its hyphen. */
import { html, type Markup } from './markup.ts';

/** Names of nodes, keys and functions. Longer ones may break, or a phone would have to scroll. */
const identifier = /([\p{L}\p{N}_]+(?:[-/:.][\p{L}\p{N}_]+)+)/u;
const maxWhole = 28;

export function prose(text: string): readonly Markup[] {
  return text
    .split(identifier)
    .map((part, position) => (position % 2 === 1 && part.length <= maxWhole ? html`<span class="whole">${part}</span>` : html`${part}`));
}
