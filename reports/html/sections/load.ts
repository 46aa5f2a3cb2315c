/** The load graph: what clients got, what the callees had to carry for it, and the same by phase in figures; then the faults themselves. */
import type { FaultRecord } from '../../../harness/history/index.ts';
import { attemptsOverTime } from '../../aggregate/attempts.ts';
import { phaseFigures } from '../../aggregate/phases.ts';
import { formatCount, formatLatency, formatRate, formatShare, plural } from '../../text/format.ts';
import { attemptCharts } from '../charts/attempts.ts';
import { figure } from '../charts/chart.ts';
import { outcomesChart } from '../charts/outcomes.ts';
import { html, type Markup } from '../markup.ts';
import type { FaultBand, ReportModel } from '../model.ts';
import { prose } from '../prose.ts';
import type { Section } from '../section.ts';

const unfoldedFaults = 6;

export const loadSection: Section = {
  id: 'load',
  title: 'Load',
  lead: 'Arrivals follow the schedule whatever the latency; faults are shaded and numbered as in the list below.',
  build(model) {
    if (model.axis === undefined || model.operations.count === 0) return undefined;
    const attempts = attemptsOverTime(model.input.evidence.traffic, model.axis);
    const charts = [outcomesChart(model, model.axis), ...(attempts === undefined ? [] : attemptCharts(model, model.axis, attempts))];
    return { body: html`${phaseTable(model)}${charts.map(figure)}${faultList(model)}`, charts };
  },
};

function phaseTable(model: ReportModel): Markup | undefined {
  const phases = phaseFigures(model.input.evidence, model.operations);
  if (phases.length === 0) return undefined;
  const milliseconds = (value: number | null): string => (value === null ? '–' : formatLatency(value * 1e6));
  return html`<div class="scroll" tabindex="0"><table class="figures">
<caption>What clients saw, by phase</caption>
<thead><tr><th scope="col">phase</th><th scope="col">lasted</th><th scope="col">acknowledged</th><th scope="col">share</th><th scope="col">fail</th><th scope="col">info</th><th scope="col">p50</th><th scope="col">p99</th></tr></thead>
<tbody>${phases.map(
    ({
      name,
      seconds,
      ok,
      fail,
      info,
      p50Ms,
      p99Ms,
    }) => html`<tr><th scope="row">${name}</th><td>${formatLatency(seconds * 1e9)}</td><td>${seconds > 0 ? formatRate(ok / seconds) : '–'}</td><td>${formatShare(ok, ok + fail + info)}</td><td>${formatCount(fail)}</td><td>${formatCount(info)}</td><td>${milliseconds(p50Ms)}</td><td>${milliseconds(p99Ms)}</td></tr>
`,
  )}</tbody></table></div>`;
}

function faultList({ input, bands }: ReportModel): Markup | undefined {
  if (bands.length === 0) return undefined;
  const byId = new Map(input.evidence.faults.map((fault) => [fault.id, fault]));
  const entries = bands.map((band) => ({ band, fault: byId.get(band.id) }));
  // A fault that missed its mark decides what the run can claim, so it is never folded away.
  const shown = entries.filter(({ fault }, position) => position < unfoldedFaults || fault?.proofs.some(({ holds }) => !holds) === true);
  const folded = entries.filter((entry) => !shown.includes(entry));
  return html`<h3 class="apart">Faults, and whether they did what they were meant to do</h3>
<ol class="faults">${shown.map(({ band, fault }) => faultItem(band, fault))}</ol>${
    folded.length === 0
      ? undefined
      : html`<details class="others"><summary>${plural(folded.length, 'more fault')}, all of which did</summary><ol class="faults">${folded.map(({ band, fault }) => faultItem(band, fault))}</ol></details>`
  }`;
}

function faultItem({ number, id, from, to, colour }: FaultBand, fault: FaultRecord | undefined): Markup {
  return html`<li><span class="number" style="--swatch:${colour}">${number}</span><div><b>${id}</b> <span class="quiet">${fault?.targets.join(', ')}</span></div><div class="when">${from.toFixed(2)} s to ${
    fault?.healedAt === undefined ? 'the end: not healed' : `${to.toFixed(2)} s`
  }</div><ul>${fault?.proofs.map(({ claim, holds, detail }) => html`<li class="${holds ? 'held' : 'missed'}">${prose(claim)}${detail === undefined ? undefined : html` <em>${prose(detail)}</em>`}</li>`)}</ul></li>
`;
}
