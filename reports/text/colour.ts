/**
 * Colour on a terminal: four meanings, each also carried by a mark or a word, so that nothing is lost without it.
 */
import { styleText } from 'node:util';
import type { Verdict } from '../../harness/history/index.ts';

export type Tone = 'good' | 'bad' | 'doubt' | 'quiet' | 'strong';

const styles = { good: 'green', bad: 'red', doubt: 'yellow', quiet: 'dim', strong: 'bold' } as const;

export type Paint = (tone: Tone, text: string) => string;

export function painter(colour: boolean): Paint {
  return colour ? (tone, text) => styleText(styles[tone], text, { validateStream: false }) : (_tone, text) => text;
}

/**
 * Whether to colour: `NO_COLOR` wins (https://no-color.org: present and not empty), then `FORCE_COLOR` (`0` and `false` mean no), then
 * whether anybody looks.
 */
export function wantsColour(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && environment['TERM'] !== 'dumb';
}

export const verdictMark: Readonly<Record<Verdict, string>> = { valid: '✓', invalid: '✗', unknown: '?' };
export const verdictTone: Readonly<Record<Verdict, Tone>> = { valid: 'good', invalid: 'bad', unknown: 'doubt' };
