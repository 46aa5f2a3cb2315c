/** The lost answer: an effect was delivered twice, and the books hold it once. The calls stand on the left, the one record on the right. */
import { formatInstant, formatLatency, plural } from '../../text/format.ts';
import { html, type Markup } from '../markup.ts';
import { type AskedTwice, askedTwice, type BookEntry, type Delivery, type Verb } from './asked-twice.ts';
import type { Proof } from './proof.ts';

export const lostResponseProof: Proof = {
  title: 'An effect was asked for twice',
  render({ input: { evidence, verdict } }) {
    const [first, ...others] = askedTwice(verdict.checkers['exactly-once'], evidence);
    if (first === undefined) return undefined;
    return html`<div class="once">${story(first)}${
      others.length === 0
        ? undefined
        : html`<details class="others"><summary>The same for ${listOf(others.map(({ verb }) => `a ${nouns[verb]}`))} in this run</summary>${others.map((one) => html`<section><h4>A ${nouns[one.verb]}</h4>${story(one)}</section>`)}</details>`
    }</div>`;
  },
};

const nouns: Readonly<Record<Verb, string>> = { refund: 'refund', capture: 'capture', reserve: 'reservation', release: 'release' };

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function story(told: AskedTwice): Markup {
  const { verb, orderId, deliveries, entries, accused, sameAnswer } = told;
  const times = deliveries.length === 2 ? 'twice' : `${deliveries.length} times`;
  return html`<div class="asked ${accused ? 'accused' : sameAnswer === false ? 'doubtful' : 'held'}">
<p>The <b>${nouns[verb]}</b> of order <code>${orderId}</code> ${causeOf(told)} It was delivered <b>${times}</b>, and the books hold <b>${plural(entries.length, 'record')}</b> of it.</p>
<div class="calls-and-books">
<ol class="calls">${deliveries.map((delivery, position) => callCard(delivery, position, deliveries[0]?.call.forwardedAt ?? 0))}</ol>
<div class="books"><h4>In the books</h4>${
    entries.length === 0 ? html`<p class="quiet">No record of it was read in the end.</p>` : entries.map(entryCard)
  }<p class="answers">${answersLine(told)}</p></div>
</div></div>
`;
}

function causeOf({ deliveries }: AskedTwice): string {
  if (deliveries.some(({ answerLost }) => answerLost))
    return 'was carried out, and its answer was lost on the way back: the caller could not know, and asked again.';
  return deliveries.some(({ isCopy }) => isCopy)
    ? 'was asked for once, and the network delivered the same request again.'
    : 'was asked for again, since no answer had come in time.';
}

function answersLine({ sameAnswer }: AskedTwice): string {
  if (sameAnswer === undefined) return 'Only one answer is on record.';
  return sameAnswer ? 'Every delivery was given the same answer.' : 'The deliveries were given different answers.';
}

function callCard({ call, answerLost, isCopy }: Delivery, position: number, firstAt: number): Markup {
  const at = call.forwardedAt ?? 0;
  const fate = answerLost ? 'Answer thrown away by the fault' : isCopy ? 'A copy that the fault made' : 'Answer delivered';
  return html`<li class="${answerLost ? 'lost' : 'answered'}">
<p class="what"><b>${position + 1}.</b> ${call.from} → ${call.to} <time>${position === 0 ? formatInstant(at) : `+${formatLatency(at - firstAt)}`}</time></p>
<dl><div><dt>key</dt><dd>${call.idempotencyKey}</dd></div><div><dt>answer</dt><dd>${call.status ?? 'none'}${call.responseDigest === undefined ? undefined : html` · ${call.responseDigest}`}</dd></div></dl>
<p class="fate">${call.status === undefined ? 'No answer came' : fate}</p>
</li>`;
}

function entryCard({ what, amount, idempotencyKey, hlc }: BookEntry): Markup {
  return html`<section class="entry"><p class="what"><b>${what}</b> ${amount}</p>
<dl>${idempotencyKey === undefined ? undefined : html`<div><dt>key</dt><dd>${idempotencyKey}</dd></div>`}${hlc === undefined ? undefined : html`<div><dt>at</dt><dd>${hlc}</dd></div>`}</dl></section>`;
}
