/** The picture itself: an SVG that needs nothing but its style. Bars link to the rows of the table below it, so a keyboard reaches them. */
import { html, type Markup } from '../html/markup.ts';
import { type Bar, type Layout, layOut, metrics, type OrderLine } from './layout.ts';
import type { Story, StoryCall } from './story.ts';
import { instantText, reason, shortReason } from './words.ts';

export function rowId(id: number): string {
  return `operation-${id}`;
}

/** Names of the processes beside it, so that they stay in view while the picture scrolls. */
export function lanesOfPicture(story: Story): Markup {
  const { height, lanes } = layOut(story);
  return html`<svg class="lane-names" width="64" height="${height}" viewBox="0 0 64 ${height}" aria-hidden="true"><text class="caption" x="0" y="17">process</text>${lanes.map(
    ({ process, y }) => html`<text class="process" x="0" y="${y + 6 + metrics.barHeight / 2 + 4.5}">${process}</text>`,
  )}</svg>`;
}

export function picture(story: Story): Markup {
  const layout = layOut(story);
  const { width, height, lanes, instants, omissions } = layout;
  return html`<svg class="operations" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="Operations by process over time; ${reason(story)}">
<g aria-hidden="true">${lanes.map(({ y, height: laneHeight }, position) => (position % 2 === 0 ? html`<rect class="lane-ground" x="0" y="${y}" width="${width}" height="${laneHeight}"/>` : html``))}
${instants.map(({ x }) => html`<line class="instant" x1="${n(x)}" x2="${n(x)}" y1="${metrics.headHeight - 6}" y2="${height}"/>`)}
${story.timed ? instants.flatMap(({ x, timeNs, labelled }) => (labelled ? [html`<text class="caption" x="${n(x)}" y="17">${instantText(story, timeNs)}</text>`] : [])) : html``}
${omissions.map(({ x, count }) => omission(x, count, height, story.timed))}
${layout.orders.map((order, position) => html`<g class="order order-${position + 1}">${path(order)}</g>`)}</g>
<g class="bars">${layout.bars.map((bar) => barOf(bar, story))}</g>
<g aria-hidden="true">${layout.orders.map((order, position) => html`<g class="order order-${position + 1}">${points(order)}</g>`)}${refusal(layout, story)}</g>
</svg>`;
}

/** Half pixels are enough, and keep the page small. */
const n = (value: number): string => String(Math.round(value * 2) / 2);

function omission(x: number, count: number, height: number, timed: boolean): Markup {
  return html`<g class="omission"><line x1="${n(x)}" x2="${n(x)}" y1="${metrics.headHeight - 2}" y2="${height}"/><text class="caption" x="${n(x)}" y="${timed ? 31 : 17}" text-anchor="middle">+${count}</text></g>`;
}

function path({ points: stops, refused }: OrderLine): Markup {
  const last = stops.at(-1);
  return html`${stops.length < 2 ? undefined : html`<polyline class="taken" points="${stops.map(({ x, y }) => `${n(x)},${n(y)}`).join(' ')}"/>`}${
    last === undefined
      ? undefined
      : html`<line class="untaken" x1="${n(last.x)}" y1="${n(last.y)}" x2="${n(refused.x)}" y2="${n(refused.y)}"/>`
  }`;
}

function points({ points: stops }: OrderLine): Markup {
  return html`${stops.map(
    ({ x, y, number }) =>
      html`<g class="point"><circle cx="${n(x)}" cy="${n(y)}" r="${metrics.pointRadius}"/><text x="${n(x)}" y="${n(y + 3.8)}" text-anchor="middle">${number}</text></g>`,
  )}`;
}

function barOf({ call, x, y, width, open, text }: Bar, story: Story): Markup {
  const { barHeight } = metrics;
  const shape = open
    ? html`<path d="M${n(x + 5)} ${y}H${n(x + width)}V${y + barHeight}H${n(x + 5)}Q${n(x)} ${y + barHeight} ${n(x)} ${y + barHeight - 5}V${y + 5}Q${n(x)} ${y} ${n(x + 5)} ${y}Z"/>`
    : html`<rect x="${n(x)}" y="${y}" width="${n(width)}" height="${barHeight}" rx="5"/>`;
  const told = `${call.label}, process ${call.process}, ${whenOf(call, story)}${call.role === 'impossible' ? `: impossible, it ${reason(story)}` : ''}`;
  return html`<a class="bar-link" href="#${rowId(call.id)}" aria-label="${told}"><g class="operation ${call.role} ${call.outcome}"><title>${told}</title>${shape}<text x="${n(x + 11)}" y="${y + barHeight / 2 + 4.5}">${text}</text></g></a>`;
}

function whenOf({ id, completion, fromNs, toNs }: StoryCall, story: Story): string {
  const indexes = completion === undefined ? `index ${id}` : `indexes ${id}–${completion}`;
  if (!story.timed) return indexes;
  return `${indexes}, ${instantText(story, fromNs)} to ${toNs === undefined ? 'nobody knows when' : instantText(story, toNs)}`;
}

/** A cross where the order shown would need it; the words beside it don't depend on the order. */
function refusal({ orders, bars, reasonX }: Layout, story: Story): Markup {
  const bar = bars.find(({ call }) => call.role === 'impossible');
  if (bar === undefined) return html``;
  const y = bar.y + metrics.barHeight + metrics.pointDrop;
  const crosses = orders.length === 0 ? [{ x: bar.x, y }] : orders.map(({ refused }) => refused);
  return html`${crosses.map(
    (at, position) =>
      html`<g class="${orders.length === 0 ? 'cross' : `cross order order-${position + 1}`}"><circle cx="${n(at.x)}" cy="${n(at.y)}" r="${metrics.pointRadius}"/><path d="M${n(at.x - 3.5)} ${n(at.y - 3.5)}l7 7m0 -7l-7 7"/></g>`,
  )}<text class="refusal" x="${n(reasonX)}" y="${y + 6}">${shortReason(story)}</text>`;
}
