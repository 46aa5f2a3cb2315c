/**
 * The page as one file that opens from disk. Its policy forbids everything but its own style and the one script whose hash it names: no
 * network, no `eval`, and nothing that evidence could smuggle in would run.
 */
import { createHash } from 'node:crypto';
import type { Table } from '../aggregate/table.ts';
import { formatDate } from '../text/format.ts';
import type { ReportInput } from '../types.ts';
import type { ReportClient } from './client.ts';
import { hero } from './hero.ts';
import { escapeHtml, html, type Markup, scriptJson } from './markup.ts';
import { reportModel } from './model.ts';
import type { Section, SectionContent } from './section.ts';
import { sections } from './sections/index.ts';

export function reportPage(input: ReportInput, client: ReportClient): string {
  const { run, verdict } = input;
  const model = reportModel(input);
  const built = sections.flatMap((section) => {
    const content = section.build(model);
    return content === undefined ? [] : [{ section, content }];
  });
  const charts = built.flatMap(({ content }) => content.charts ?? []);
  const tables: Record<string, Table> = Object.assign({}, ...charts.map((chart) => chart.tables));
  const data = { charts: charts.map(({ id, spec, tables: own }) => ({ id, spec, tables: Object.keys(own) })), tables };
  const body = html`<a class="skip" href="#main">Skip to the report</a>
<header class="masthead"><span class="wordmark">Seamproof</span><span>${run.name}</span><span>${formatDate(run.startedAtIso)}</span></header>
<main id="main">
${hero(input)}
<nav aria-label="Sections"><ul>${built.map(({ section }) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}</ul></nav>
${built.map(({ section, content }) => sectionMarkup(section, content))}
</main>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(client.script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${verdict.verdict}: ${run.name}`)} – Seamproof</title>
<style>${client.style}</style>
</head>
<body>
${body.toString()}
<script type="application/json" id="report-data">${scriptJson(data)}</script>
<script>${client.script}</script>
</body>
</html>
`;
}

function sectionMarkup({ id, title, lead }: Section, { body }: SectionContent): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}
${body}</section>
`;
}

/** Vega places its marks with style attributes, hence `unsafe-inline` for style; scripts get none. */
function contentPolicy(script: string): string {
  if (/<\/script|<!--/i.test(script))
    throw new Error('the bundled script would end its own element; bundle it again with a current esbuild');
  const digest = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; script-src 'sha256-${digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}
