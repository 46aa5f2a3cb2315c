/**
 * The paused leader: it held a token, was stopped, was succeeded, woke, and its write arrived. Each replica's refusal stands beside the state
 * its successor wrote.
 */
import { formatValue, plural } from '../../text/format.ts';
import { logLine } from '../evidence.ts';
import { html, type Markup } from '../markup.ts';
import { lanes } from './lanes.ts';
import type { Proof } from './proof.ts';
import { type Owner, type ReplicaStory, type StaleWrite, staleWrites } from './stale-write.ts';

/** The first is shown whole, the others folded; beyond these, verdict.json has them. */
const maxStories = 40;

export const pausedLeaderProof: Proof = {
  title: 'A paused leader woke up and wrote',
  render({ input: { evidence } }) {
    const [first, ...others] = staleWrites(evidence).slice(0, maxStories);
    if (first === undefined) return undefined;
    return html`${story(first)}${
      others.length === 0
        ? undefined
        : html`<details class="others"><summary>${plural(others.length, 'more paused leader')} in this run</summary>${others.map((one) => html`<section><h4>${one.faultId}</h4>${story(one)}</section>`)}</details>`
    }`;
  },
};

function story(write: StaleWrite): Markup {
  const { facts, key, replicas } = write;
  return html`<p><b>${facts.oldLeader}</b> led with token <b class="token old">${facts.oldToken}</b> when it was paused. <b>${facts.newLeader}</b> took over with token <b class="token new">${facts.newToken}</b>. Then the write of <code>${key ?? '?'}</code> that the old leader had left behind arrived.</p>
${lanes(write)}
<div class="replicas">${replicas.map((one) => replicaCard(one, write))}</div>
`;
}

const ownerWords: Readonly<Record<Owner, (write: StaleWrite) => string>> = {
  successor: ({ facts }) => `the successor’s state, token ${facts.newToken} or later`,
  deposed: ({ facts }) => `the deposed leader’s write, token ${facts.oldToken}`,
  older: () => 'an older state, from before both',
  none: () => 'not read',
};

function replicaCard({ replica, refusal, status, cell, owner }: ReplicaStory, write: StaleWrite): Markup {
  const accepted = refusal === undefined && status !== undefined && status < 300;
  const answer = refusal !== undefined ? 'refused' : accepted ? 'accepted' : 'silent';
  const said = { refused: `Refused token ${write.facts.oldToken}`, accepted: `Answered ${status} to token ${write.facts.oldToken}`, silent: 'No refusal logged' }[answer];
  return html`<section class="replica ${answer} holds-${owner}">
<h4>${replica}</h4>
<p class="said">${said}</p>
${refusal === undefined ? html`<p class="quiet">It printed no refusal of this write.</p>` : logLine(refusal.node, refusal.line)}
<p class="held">Holds ${ownerWords[owner](write)}</p>
${
  cell === undefined
    ? undefined
    : html`<div class="state"><span class="node">${cell.key}</span><pre>${cell.version === null ? 'no version' : `version ${cell.version.join(' · ')}`}
${formatValue(cell.value, 600)}</pre></div>`
}
</section>`;
}
