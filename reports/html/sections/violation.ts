/** What a linearizability violation looks like: the operations that contradict each other, and why no order explains them. */
import { contradictionIn, tellStory, violationFigure } from '../../linearizability/index.ts';
import { html } from '../markup.ts';
import type { Section } from '../section.ts';

export const violationSection: Section = {
  id: 'violation',
  title: 'The contradiction',
  lead: 'The operations that no order explains, by process over time.',
  build({ input: { verdict, evidence } }) {
    for (const result of Object.values(verdict.checkers)) {
      const found = contradictionIn(result);
      const story = found === undefined ? undefined : tellStory(found, evidence.history);
      if (story !== undefined) return { body: html`<article class="proof">${violationFigure(story)}</article>` };
    }
    return undefined;
  },
};
