/** A command to paste into a shell; the page's script adds a button that copies it. */
import { html, type Markup } from './markup.ts';

export function command(text: string): Markup {
  return html`<div class="command" data-copy><pre><code>${text}</code></pre></div>`;
}
