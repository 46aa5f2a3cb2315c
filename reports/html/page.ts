/** The report of a run as a page: the answer first, then a section for each thing that can be shown of it. */
import { formatDate } from '../text/format.ts';
import type { ReportInput } from '../types.ts';
import type { ReportClient } from './client.ts';
import { documentOf } from './document.ts';
import { hero } from './hero.ts';
import { html, type Markup } from './markup.ts';
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
  const body = html`<a class="skip" href="#main">Skip to the report</a>
<header class="masthead"><span class="wordmark">Seamproof</span><span>${run.name}</span><span>${formatDate(run.startedAtIso)}</span></header>
<main id="main">
${hero(input)}
<nav aria-label="Sections"><ul>${built.map(({ section }) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}</ul></nav>
${built.map(({ section, content }) => sectionMarkup(section, content))}
</main>`;
  return documentOf({ title: `${verdict.verdict}: ${run.name}`, body, charts, client });
}

function sectionMarkup({ id, title, lead }: Section, { body }: SectionContent): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}
${body}</section>
`;
}
