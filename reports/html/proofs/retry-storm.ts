/** The retry storm: how much load the retries made, how long goodput was gone, and (with a control) what became of it without a budget. */
import { z } from 'zod';
import { type StormOverTime, stormsOverTime } from '../../aggregate/storm.ts';
import { formatLatency, formatRate } from '../../text/format.ts';
import { figure } from '../charts/chart.ts';
import { stormCharts } from '../charts/storm.ts';
import { html, type Markup } from '../markup.ts';
import type { ReportModel } from '../model.ts';
import { prose } from '../prose.ts';
import type { Proof } from './proof.ts';

/** As the checker says it of each storm. */
const judgement = z.object({
  storm: z.string(),
  bounded: z.enum(['valid', 'invalid', 'unknown']),
  recovered: z.enum(['valid', 'invalid', 'unknown']),
  amplification: z.number(),
  stormRetries: z.number(),
  mostAttempts: z.number(),
  recoveryMs: z.number().optional(),
  longestRecoveryMs: z.number().optional(),
  baselinePerSecond: z.number().optional(),
  control: z.object({ amplification: z.number(), recovered: z.boolean(), recoveryMs: z.number().optional() }).optional(),
});
type Judgement = z.infer<typeof judgement>;

/** The first is drawn; all are told. */
const drawnStorms = 1;

export const retryStormProof: Proof = {
  title: 'Everybody tried again',
  render(model, charts) {
    const storms = stormsOverTime(model.input.evidence);
    if (storms.length === 0) return undefined;
    const judged = judgementsOf(model);
    return html`${storms.map(
      (storm, position) => html`${story(storm, judged.get(storm.faultId))}${position === 0 ? charts.map(figure) : undefined}`,
    )}`;
  },
  charts: (model) =>
    stormsOverTime(model.input.evidence)
      .slice(0, drawnStorms)
      .flatMap((storm, position) => stormCharts(model, storm, position + 1)),
};

function judgementsOf({ input }: ReportModel): ReadonlyMap<string, Judgement> {
  const { evidence = [] } = input.verdict.checkers['bounded-retries'] ?? {};
  return new Map(
    evidence.flatMap(({ data }) => {
      const parsed = judgement.safeParse(data);
      return parsed.success ? [[parsed.data.storm, parsed.data] as const] : [];
    }),
  );
}

function story({ faultId, facts, controlBug }: StormOverTime, judged: Judgement | undefined): Markup {
  const { edge, stallStartedAt, stallEndedAt, capacityPerSecond, offeredPerSecond, budgetShare, attemptsMax } = facts;
  const size =
    capacityPerSecond === undefined || offeredPerSecond === undefined
      ? undefined
      : html` <b>${edge.toRole}</b> was measured to carry out ${formatRate(capacityPerSecond)}, and was asked for ${formatRate(offeredPerSecond)}: enough capacity for that load with its budgeted retries (${formatRate(offeredPerSecond * (1 + budgetShare))}), not for ${attemptsMax} attempts of each (${formatRate(offeredPerSecond * attemptsMax)}).`;
  return html`<p>${prose(faultId)}: <b>${edge.toRole}</b> was stalled for ${formatLatency(stallEndedAt - stallStartedAt)} while load went on.${size}</p>
${judged === undefined ? undefined : figuresTable(judged, controlBug)}`;
}

const words = { valid: 'yes', invalid: 'no', unknown: 'not shown' } as const;

function figuresTable(judged: Judgement, controlBug: string | undefined): Markup {
  const { control } = judged;
  const recovery = (ms: number | undefined): string => (ms === undefined ? '–' : formatLatency(ms * 1e6));
  const row = (name: string, own: string, other: string): Markup =>
    html`<tr><th scope="row">${name}</th><td>${own}</td>${control === undefined ? undefined : html`<td>${other}</td>`}</tr>
`;
  const limit = judged.longestRecoveryMs === undefined ? '' : ` (of ${recovery(judged.longestRecoveryMs)} allowed)`;
  return html`<div class="scroll" tabindex="0"><table class="figures">
<caption>What the storm did</caption>
<thead><tr><th scope="col"></th><th scope="col">this run</th>${control === undefined ? undefined : html`<th scope="col">without a budget${controlBug === undefined ? undefined : html` (${controlBug})`}</th>`}</tr></thead>
<tbody>${[
    row(
      'calls for each operation',
      `${judged.amplification.toFixed(2)}×`,
      control === undefined ? '' : `${control.amplification.toFixed(2)}×`,
    ),
    row('retries during the storm', String(judged.stormRetries), '–'),
    row('most attempts of one asking', String(judged.mostAttempts), '–'),
    row('retries stayed bounded', words[judged.bounded], control === undefined ? '' : '–'),
    row('goodput recovered', words[judged.recovered], control === undefined ? '' : control.recovered ? 'yes' : 'no'),
    row(
      'time to recover',
      `${recovery(judged.recoveryMs)}${limit}`,
      control === undefined ? '' : control.recovered ? recovery(control.recoveryMs) : 'it did not',
    ),
  ]}</tbody></table></div>
`;
}
