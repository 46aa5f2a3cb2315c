/**
 * The paused leader: it held a token, was stopped, was succeeded, woke, and its write arrived. Each replica's refusal stands beside the state
 * its successor wrote.
 */
import { formatValue, plural } from '../../text/format.ts';
import { fieldsOf, logLine } from '../evidence.ts';
import { html, type Markup } from '../markup.ts';
import { lanes } from './lanes.ts';
import type { Proof } from './proof.ts';
import { type Answer, type Holding, type ReplicaStory, type StaleWrite, staleWrites } from './stale-write.ts';

/** The first is shown whole, the others folded; beyond these, verdict.json has them. */
const maxStories = 40;

export const pausedLeaderProof: Proof = {
  title: 'A paused leader woke up and wrote',
  render({ input: { evidence, verdict } }) {
    const [first, ...others] = staleWrites(evidence).slice(0, maxStories);
    if (first === undefined) return undefined;
    // An acceptance is a fact; that it broke the promise is for the checker to say, since a replica may not have met the new token yet.
    const accused = verdict.checkers['fencing']?.verdict === 'invalid';
    return html`<div class="${accused ? 'accused' : 'observed'}">${story(first)}${
      others.length === 0
        ? undefined
        : html`<details class="others"><summary>${plural(others.length, 'more paused leader')} in this run</summary>${others.map((one) => html`<section><h4>${one.faultId}</h4>${story(one)}</section>`)}</details>`
    }</div>`;
  },
};

function story(write: StaleWrite): Markup {
  const { facts, key, replicas } = write;
  return html`<p><b>${facts.oldLeader}</b> led with token <b class="token old">${facts.oldToken}</b> when it was paused. <b>${facts.newLeader}</b> took over with token <b class="token new">${facts.newToken}</b>. Then the write of <code>${key ?? '?'}</code> that the old leader had left behind arrived.</p>
${lanes(write)}
<div class="replicas">${replicas.map((one) => replicaCard(one, write))}</div>
`;
}

const holdingWords: Readonly<Record<Holding, (write: StaleWrite) => string>> = {
  successor: ({ facts }) => `Holds the successor’s state, token ${facts.newToken} or later`,
  stale: ({ facts }) => `Holds the deposed leader’s write, token ${facts.oldToken}`,
  earlier: ({ facts }) => `Holds an earlier state of the old leader, token ${facts.oldToken}`,
  older: () => 'Holds an older state, from before both',
  none: () => 'Not read in the end',
};

const answerWords: Readonly<Record<Answer, (replica: ReplicaStory, write: StaleWrite) => string>> = {
  refused: (_replica, { facts }) => `Refused token ${facts.oldToken}`,
  accepted: ({ status }, { facts }) => `Answered ${status} to token ${facts.oldToken}`,
  silent: () => 'No answer on record',
};

function replicaCard(replica: ReplicaStory, write: StaleWrite): Markup {
  const { refusal, answer, holding, cell } = replica;
  return html`<section class="replica ${answer} holds-${holding}">
<h4>${replica.replica}</h4>
<p class="said">${answerWords[answer](replica, write)}</p>
${refusal === undefined ? html`<p class="quiet">It printed no refusal of this write.</p>` : logLine(refusal.node, refusal.line)}
<p class="held">${holdingWords[holding](write)}</p>
${
  cell === undefined
    ? undefined
    : html`<div class="state"><span class="node">${cell.key}</span><pre>${cell.version === null ? 'no version' : `version ${cell.version.join(' · ')}`}
${fieldsOf(formatValue(cell.value, 600))}</pre></div>`
}
</section>`;
}
