/** The proofs that the hard cases really happened in this run, each with its evidence in view. Proofs register in `proofs/index.ts`. */
import { html } from '../markup.ts';
import { proofs } from '../proofs/index.ts';
import type { Section } from '../section.ts';

export const acceptanceSection: Section = {
  id: 'proofs',
  title: 'Proofs',
  lead: 'What the faults brought about, and what the nodes did about it, side by side.',
  build(model) {
    const shown = proofs.flatMap((proof) => {
      const charts = proof.charts?.(model) ?? [];
      const body = proof.render(model, charts);
      return body === undefined ? [] : [{ charts, article: html`<article class="proof"><h3>${proof.title}</h3>${body}</article>` }];
    });
    if (shown.length === 0) return undefined;
    return { body: html`${shown.map(({ article }) => article)}`, charts: shown.flatMap(({ charts }) => charts) };
  },
};
