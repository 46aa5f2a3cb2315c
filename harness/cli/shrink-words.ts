/** What shrinking came to, for people: how small, how often it fails, which faults, and the line that shows it. */
import type { PlannedFault } from '../../nemesis/index.ts';
import { formatDuration, formatShare, plural } from '../../reports/index.ts';
import type { Shrunk, Tally } from '../run/shrink/index.ts';

export interface ShrunkContext {
  /** The budget was spent before all was tried. */
  readonly isCutShort: boolean;
  /** Of the run that was shrunk. */
  readonly directory: string;
}

export function describeShrunk(shrunk: Shrunk, faults: readonly PlannedFault[], { isCutShort, directory }: ShrunkContext): string {
  const { checker, from, to, original, reproduction, runs, tookMs, command } = shrunk;
  if (original.runs === 0) return 'Interrupted before the run had been repeated once.\n';
  if (original.failures === 0) {
    return `Not reproduced: ${checker} found nothing in ${plural(original.runs, 'run')} of the same schedule. --runs with a larger number may show it.\n`;
  }
  const lines = [
    `Shrunk from ${sizeText(from)}`,
    `         to ${sizeText(to)}, by ${plural(runs, 'run')} in ${formatDuration(tookMs)}${isCutShort ? '; the budget was spent, so that less may do' : ''}.`,
    `It ${rateText(reproduction, checker)}; the original ${rateText(original, checker)}.`,
    '',
    ...(faults.length === 0 ? ['No fault is needed.'] : faultLines(faults)),
    '',
    'Reproduce',
    `  ${command}`,
    `Kept in ${directory}/shrink`,
  ];
  return `${lines.join('\n')}\n`;
}

function sizeText({ faults, timeMs, ratePerSecond }: Shrunk['to']): string {
  return `${plural(faults, 'fault')} in ${formatDuration(timeMs)} at ${ratePerSecond}/s`;
}

function rateText({ failures, runs }: Tally, checker: string): string {
  return runs === 0
    ? 'was not measured'
    : `failed with ${checker} in ${failures} of ${plural(runs, 'run')} (${formatShare(failures, runs)})`;
}

function faultLines(faults: readonly PlannedFault[]): readonly string[] {
  const width = Math.max(...faults.map(({ id }) => id.length));
  return faults.map(({ id, atMs, options }) => {
    const values = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    return `  ${`${(atMs / 1000).toFixed(1)} s`.padStart(7)}  ${id.padEnd(width)}  ${values.join(' ')}`.trimEnd();
  });
}
