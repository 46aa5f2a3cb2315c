/** The proofs that the hard cases really happened in this run, each with its evidence in view. Proofs register in `proofs/index.ts`. */
import { html } from '../markup.ts';
import { proofs } from '../proofs/index.ts';
import type { Section } from '../section.ts';

export const acceptanceSection: Section = {
  id: 'proofs',
  title: 'Proofs',
  lead: 'What the faults brought about, and what the nodes did about it, side by side.',
  build(model) {
    const shown = proofs.flatMap(({ title, render }) => {
      const body = render(model);
      return body === undefined ? [] : [html`<article class="proof"><h3>${title}</h3>${body}</article>`];
    });
    return shown.length === 0 ? undefined : { body: html`${shown}` };
  },
};
