/** A violation on a page of its own: one file, no script, nothing fetched. */

import type { Verdict } from '../../harness/history/index.ts';
import { escapeHtml, html, type Markup } from '../html/markup.ts';
import { prose } from '../html/prose.ts';
import { verdictMark } from '../text/colour.ts';
import { violationFigure } from './figure.ts';
import type { Story } from './story.ts';
import { impossibleCall, reason } from './words.ts';

export interface CheckPage {
  readonly verdict: Verdict;
  readonly summary: string;
  readonly file: string;
  /** What was asked and how much was looked at, by name, in the order shown. */
  readonly facts: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly story?: Story;
}

export function checkPage(page: CheckPage, style: string): string {
  const title = `${page.verdict}: ${page.file}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)} – Seamproof</title>
<style>${style}</style>
</head>
<body>
${body(page).toString()}
</body>
</html>
`;
}

function body({ verdict, summary, file, facts, warnings, story }: CheckPage): Markup {
  return html`<header class="masthead"><span class="wordmark">Seamproof</span><span>harness check</span><span>${file}</span></header>
<main id="main">
<section class="hero ${verdict}" aria-labelledby="verdict">
<p class="stamp"><span aria-hidden="true">${verdictMark[verdict]}</span> ${verdict}</p>
<h1 id="verdict">${story === undefined ? prose(summary) : html`<code>${impossibleCall(story).label}</code> is impossible`}</h1>
${story === undefined ? undefined : html`<p class="why">It ${reason(story)}. ${prose(summary)}</p>`}
${warnings.map((warning) => html`<p class="why">${warning}</p>`)}
<dl class="facts">${Object.entries(facts).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</section>
${
  story === undefined
    ? undefined
    : html`<section aria-labelledby="picture"><h2 id="picture">The contradiction</h2>
<p class="lead">The operations that no order explains, by process over time.</p>
<article class="proof">${violationFigure(story)}</article></section>`
}
</main>`;
}
