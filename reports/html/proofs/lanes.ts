/** The small timeline of a paused leader: one lane each for the old leader, its successor and the held write. Plain HTML, drawn to scale. */
import { html, type Markup } from '../markup.ts';
import type { StaleWrite } from './stale-write.ts';

interface Moment {
  readonly label: string;
  readonly at: number;
  readonly lane: 'old' | 'new' | 'write';
}

/** Room before the pause and after the last moment, as a share of what lies between. */
const margin = 0.12;

export function lanes(write: StaleWrite): Markup | undefined {
  const { facts, arrivedAt } = write;
  const { pausedAt, successorAt, resumedAt, releasedAt } = facts;
  if (pausedAt === undefined || successorAt === undefined) return undefined;
  const ending = endingOf(write);
  const moments: readonly Moment[] = [
    { label: `${facts.oldLeader} paused`, at: pausedAt, lane: 'old' as const },
    { label: `${facts.newLeader} elected`, at: successorAt, lane: 'new' as const },
    ...(resumedAt === undefined ? [] : [{ label: `${facts.oldLeader} resumed`, at: resumedAt, lane: 'old' as const }]),
    ...(releasedAt === undefined ? [] : [{ label: 'held write released', at: releasedAt, lane: 'write' as const }]),
    ...(arrivedAt === undefined ? [] : [{ label: 'it reached the replicas', at: arrivedAt, lane: 'write' as const }]),
  ].sort((a, b) => a.at - b.at);
  const last = moments.at(-1)?.at ?? successorAt;
  const span = (last - pausedAt) * (1 + 2 * margin);
  const from = pausedAt - (last - pausedAt) * margin;
  const percent = (at: number): string => `${Math.min(100, Math.max(0, (100 * (at - from)) / span)).toFixed(2)}%`;
  const bar = (kind: string, start: number, end: number): Markup =>
    html`<i class="bar ${kind}" style="left:${percent(start)};right:calc(100% - ${percent(end)})"></i>`;
  const end = from + span;
  const awake = resumedAt ?? end;
  const landed = arrivedAt ?? releasedAt;
  return html`<div class="lanes" aria-hidden="true">
<div class="lane"><span>${facts.oldLeader}</span><div>${bar('leads old', from, pausedAt)}${bar('paused', pausedAt, awake)}${bar('awake', awake, end)}</div></div>
<div class="lane"><span>${facts.newLeader}</span><div>${bar('leads new', successorAt, end)}</div></div>
<div class="lane"><span>held write</span><div>${landed === undefined ? undefined : html`${bar('held', pausedAt, landed)}<i class="end ${ending}" style="right:calc(100% - ${percent(landed)})">${ending}</i>`}</div></div>
</div>
<ol class="moments">${moments.map(({ label, at, lane }) => html`<li class="${lane}"><time>${at === pausedAt ? '0 s' : `+${((at - pausedAt) / 1e9).toFixed(3)} s`}</time> ${label}</li>`)}</ol>
`;
}

/** In one word how the stale write ended: `refused` only where every replica said so. */
function endingOf({ replicas }: StaleWrite): 'refused' | 'accepted' | 'arrived' {
  if (replicas.some(({ answer }) => answer === 'accepted')) return 'accepted';
  return replicas.every(({ answer }) => answer === 'refused') ? 'refused' : 'arrived';
}
