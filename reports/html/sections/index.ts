/** Every section after the verdict, one line each, in the order of the page. */
import type { Section } from '../section.ts';
import { acceptanceSection } from './acceptance.ts';
import { checkersSection } from './checkers.ts';
import { latencySection } from './latency.ts';
import { loadSection } from './load.ts';
import { reproduceSection } from './reproduce.ts';
import { signalsSection } from './signals.ts';
import { violationSection } from './violation.ts';

export const sections: readonly Section[] = [
  checkersSection,
  violationSection,
  acceptanceSection,
  loadSection,
  latencySection,
  signalsSection,
  reproduceSection,
];
