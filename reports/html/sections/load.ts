/** The load graph: what clients got, what the callees had to carry for it, and the same by phase in figures; then the faults themselves. */
import { attemptsOverTime } from '../../aggregate/attempts.ts';
import { phaseFigures } from '../../aggregate/phases.ts';
import { formatCount, formatLatency, formatRate, formatShare } from '../../text/format.ts';
import { attemptCharts } from '../charts/attempts.ts';
import { figure } from '../charts/chart.ts';
import { outcomesChart } from '../charts/outcomes.ts';
import { html, type Markup } from '../markup.ts';
import type { ReportModel } from '../model.ts';
import type { Section } from '../section.ts';

export const loadSection: Section = {
  id: 'load',
  title: 'Load',
  lead: 'Arrivals follow the schedule whatever the latency; faults are shaded and numbered as in the table below.',
  build(model) {
    if (model.axis === undefined || model.operations.count === 0) return undefined;
    const attempts = attemptsOverTime(model.input.evidence.traffic, model.axis);
    const charts = [outcomesChart(model, model.axis), ...(attempts === undefined ? [] : attemptCharts(model, model.axis, attempts))];
    return { body: html`${phaseTable(model)}${charts.map(figure)}${faultTable(model)}`, charts };
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
    ({ name, seconds, ok, fail, info, p50Ms, p99Ms }) => html`<tr><th scope="row">${name}</th><td>${formatLatency(seconds * 1e9)}</td><td>${seconds > 0 ? formatRate(ok / seconds) : '–'}</td><td>${formatShare(ok, ok + fail + info)}</td><td>${formatCount(fail)}</td><td>${formatCount(info)}</td><td>${milliseconds(p50Ms)}</td><td>${milliseconds(p99Ms)}</td></tr>
`,
  )}</tbody></table></div>`;
}

function faultTable({ input, bands }: ReportModel): Markup | undefined {
  if (bands.length === 0) return undefined;
  const byId = new Map(input.evidence.faults.map((fault) => [fault.id, fault]));
  return html`<div class="scroll" tabindex="0"><table>
<caption>Faults, and whether they did what they were meant to do</caption>
<thead><tr><th scope="col">#</th><th scope="col">fault</th><th scope="col">hit</th><th scope="col">from</th><th scope="col">to</th><th scope="col">proof of effect</th></tr></thead>
<tbody>${bands.map(({ number, id, from, to, colour }) => {
    const fault = byId.get(id);
    return html`<tr><td><i class="swatch band" style="--swatch:${colour}"></i>${number}</td><th scope="row">${id}</th><td>${fault?.targets.join(', ')}</td><td>${from.toFixed(2)} s</td><td>${
      fault?.healedAt === undefined ? 'not healed' : `${to.toFixed(2)} s`
    }</td><td class="proofs">${fault?.proofs.map(({ claim, holds, detail }) => html`<span class="${holds ? 'held' : 'missed'}">${holds ? '✓' : '✗'} ${claim}${detail === undefined ? undefined : html` <em>${detail}</em>`}</span>`)}</td></tr>
`;
  })}</tbody></table></div>`;
}
