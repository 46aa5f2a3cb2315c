/** Picture, legend, the story in words, and the table of what is in it: one block, for the report and for a page of its own. */
import { html, type Markup } from '../html/markup.ts';
import { plural } from '../text/format.ts';
import { lanesOfPicture, picture, rowId } from './picture.ts';
import type { Role, Story, StoryCall } from './story.ts';
import { instantText, notes, steps } from './words.ts';

export function violationFigure(story: Story): Markup {
  return html`<div class="violation-story">${picks(story)}
<figure class="violation-picture"><div class="story-canvas">${lanesOfPicture(story)}<div class="story-scroll" tabindex="0" role="region" aria-label="Picture of the contradiction; scrolls sideways">${picture(story)}</div></div>
<figcaption>${legend(story)}</figcaption></figure>
<h3 class="apart">Why it is impossible</h3>
<ol class="steps">${steps(story).map(({ call, text }) => html`<li class="${call.role}"><a href="#${rowId(call.id)}"><code>${call.label}</code></a> ${text}</li>`)}</ol>
${notes(story).map((note) => html`<p class="quiet">${note}</p>`)}
${table(story)}</div>
`;
}

/** Which of the longest orders is drawn: radio buttons and style alone. */
function picks({ orders, impossible }: Story): Markup {
  if (orders.length < 2) return html``;
  const name = `order-of-${impossible}`;
  return html`${orders.map(
    (_order, position) =>
      html`<input class="pick pick-${position + 1}" type="radio" name="${name}" id="${name}-${position + 1}"${position === 0 ? html` checked` : undefined}>`,
  )}<p class="picks">The longest orders: ${orders.map(
    ({ state }, position) =>
      html`<label class="pick-label-${position + 1}" for="${name}-${position + 1}">one that leaves <code>${state}</code></label> `,
  )}</p>`;
}

function legend({ orders, calls, omissions, timed }: Story): Markup {
  const [first] = orders;
  const has = (role: Role): boolean => calls.some((call) => call.role === role);
  const open = calls.some(({ toNs }) => toNs === undefined);
  return html`<ul class="story-legend">
<li><i class="story-swatch impossible"></i>impossible</li>
${has('core') ? html`<li><i class="story-swatch core"></i>contradicts it</li>` : undefined}
${has('context') ? html`<li><i class="story-swatch context"></i>what these refer to</li>` : undefined}
${has('around') ? html`<li><i class="story-swatch around"></i>around it</li>` : undefined}
${open ? html`<li><i class="story-swatch info"></i>never answered (may take effect at any time, or never)</li>` : undefined}
${first === undefined ? undefined : html`<li><i class="dot">1</i>where each takes effect in ${orders.length === 1 ? 'the longest order' : 'one of the longest orders'} that can be explained${first.earlier > 0 ? `, after ${plural(first.earlier, 'earlier operation')}` : ''}</li>`}
<li class="words">Time runs to the right and is compressed${timed ? '' : '; this history has no clock, only an order'}${omissions.length > 0 ? '; +1 counts operations left out' : ''}.</li>
</ul>`;
}

const roleWords: Readonly<Record<Role, string>> = {
  impossible: 'impossible',
  core: 'contradicts',
  context: 'referred to',
  around: 'around',
};

function table(story: Story): Markup {
  const { calls, timed } = story;
  const lines = calls.some((call) => call.lines !== undefined);
  const nodes = calls.some(({ node }) => node !== undefined);
  return html`<details class="story-table" open><summary>The operations shown</summary><div class="scroll" tabindex="0"><table class="records">
<thead><tr><th scope="col">operation</th><th scope="col">role</th><th scope="col">process</th>${nodes ? html`<th scope="col">node</th>` : undefined}<th scope="col">index</th>${lines ? html`<th scope="col">line</th>` : undefined}${timed ? html`<th scope="col">began</th><th scope="col">ended</th>` : undefined}<th scope="col">outcome</th></tr></thead>
<tbody>${calls.map((call) => row(call, { lines, nodes, instant: timed ? (timeNs) => instantText(story, timeNs) : undefined }))}</tbody></table></div></details>`;
}

interface RowOptions {
  readonly lines: boolean;
  readonly nodes: boolean;
  /** Absent: the history has no clock. */
  readonly instant: ((timeNs: number) => string) | undefined;
}

function row(call: StoryCall, show: RowOptions): Markup {
  const { id, label, role, process, node, completion, fromNs, toNs, outcome } = call;
  return html`<tr id="${rowId(id)}" class="${role}"><th scope="row"><code>${label}</code></th><td>${roleWords[role]}</td><td>${process}</td>${show.nodes ? html`<td>${node}</td>` : undefined}<td>${range([id, ...(completion === undefined ? [] : [completion])])}</td>${show.lines ? html`<td>${range(call.lines ?? [])}</td>` : undefined}${
    show.instant === undefined
      ? undefined
      : html`<td>${show.instant(fromNs)}</td><td>${toNs === undefined ? 'unknown' : show.instant(toNs)}</td>`
  }<td><span class="outcome ${outcome}">${outcome}</span></td></tr>
`;
}

export function range(numbers: readonly number[]): string {
  return numbers.join(' → ');
}
