/**
 * A page as one file that opens from disk. Its policy forbids everything but its own style and the one script whose hash it names: no
 * network, no `eval`, and nothing that evidence could smuggle in would run.
 */
import { createHash } from 'node:crypto';
import type { Table } from '../aggregate/table.ts';
import type { Chart } from './charts/chart.ts';
import type { ReportClient } from './client.ts';
import { escapeHtml, type Markup, scriptJson } from './markup.ts';

export interface DocumentParts {
  readonly title: string;
  readonly body: Markup;
  /** Those whose figures stand in the body. */
  readonly charts: readonly Chart[];
  readonly client: ReportClient;
}

export function documentOf({ title, body, charts, client }: DocumentParts): string {
  const tables: Record<string, Table> = Object.assign({}, ...charts.map((chart) => chart.tables));
  const data = { charts: charts.map(({ id, spec, tables: own }) => ({ id, spec, tables: Object.keys(own) })), tables };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(client.script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)} – Seamproof</title>
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

/** Vega places its marks with style attributes, hence `unsafe-inline` for style; scripts get none. */
function contentPolicy(script: string): string {
  if (/<\/script|<!--/i.test(script))
    throw new Error('the bundled script would end its own element; bundle it again with a current esbuild');
  const digest = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; script-src 'sha256-${digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}
