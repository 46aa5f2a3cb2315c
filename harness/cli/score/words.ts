/** The score for people: a matrix of bugs and checkers, the reference beside it, and what did not go as it should. */
import { formatDuration, painter, plural } from '../../../reports/index.ts';
import type { Score, ScoredRun } from '../../run/score/index.ts';

export function describeScore(score: Score, colour: boolean): string {
  const paint = painter(colour);
  const ofBugs = score.runs.filter(({ bug }) => bug !== undefined);
  const ofReference = score.runs.filter(({ bug }) => bug === undefined);
  const wrong = score.runs.filter(({ outcome }) => ['survived', 'false-alarm', 'not-run'].includes(outcome));
  const good = score.survived === 0 && score.falseAlarms === 0 && wrong.length === 0 && score.runs.length > 0;
  const sections = [
    ...(ofBugs.length === 0 ? [] : [table(matrix(ofBugs))]),
    ...(ofReference.length === 0 ? [] : [table(referenceRows(ofReference))]),
    ...(wrong.length === 0
      ? []
      : [wrong.map((run) => `${paint('bad', describeOutcome(run))}\n  ${labelOf(run)}\n  ${run.summary}\n`).join('')]),
    `${paint(good ? 'good' : 'bad', describeTotal(score))}\n`,
  ];
  return sections.join('\n');
}

/** `fence-one-replica-skips under pause-leader (orders), seed 1`; the reference has no name. */
export function labelOf({ bug, nemesis, workload, seed }: Pick<ScoredRun, 'bug' | 'nemesis' | 'workload' | 'seed'>): string {
  return `${bug ?? 'the reference'} under ${nemesis} (${workload}), seed ${seed}`;
}

export function describeOutcome({ outcome, caughtBy = '', detectedMs }: ScoredRun): string {
  const others = Object.keys(detectedMs).filter((name) => name !== caughtBy);
  switch (outcome) {
    case 'killed':
      return `killed by ${caughtBy}, ${instant(detectedMs[caughtBy])}`;
    case 'survived':
      return others.length === 0
        ? `survived: ${caughtBy} found nothing`
        : `survived: ${caughtBy} found nothing, only ${others.join(', ')} did`;
    case 'false-alarm':
      return `false alarm of ${others.join(', ')}`;
    case 'not-run':
      return 'not run';
    case 'valid':
    case 'unknown':
      return outcome;
    default:
      return outcome satisfies never;
  }
}

function describeTotal({ killed, survived, clean, unknown, falseAlarms, runs }: Score): string {
  const ofBugs = runs.filter(({ bug }) => bug !== undefined).length;
  return [
    ...(ofBugs === 0 ? [] : [`${killed} of ${plural(ofBugs, 'bug run')} killed by the checker that is named, ${survived} survived`]),
    ...(ofBugs === runs.length
      ? []
      : [`${plural(falseAlarms, 'false alarm')} in ${plural(runs.length - ofBugs, 'reference run')} (${clean} valid, ${unknown} unknown)`]),
  ].join('; ');
}

/** A row for each bug, a column for each checker that found anything in any of them; `*` marks the one that is named. */
function matrix(runs: readonly ScoredRun[]): readonly (readonly string[])[] {
  const bugs = [...new Set(runs.map(({ bug = '' }) => bug))];
  const checkers = [...new Set(runs.flatMap(({ detectedMs, caughtBy = '' }) => [caughtBy, ...Object.keys(detectedMs)]))].sort();
  const rows = bugs.map((bug) => {
    const ofBug = runs.filter((run) => run.bug === bug);
    const cells = checkers.map((checker) => {
      const mark = ofBug[0]?.caughtBy === checker ? '*' : '';
      const times = ofBug.flatMap(({ detectedMs }) => (Object.hasOwn(detectedMs, checker) ? [detectedMs[checker]] : []));
      return times.length === 0 ? `–${mark}` : `${earliest(times)}${mark}`;
    });
    return [bug, `${ofBug.filter(({ outcome }) => outcome === 'killed').length}/${ofBug.length}`, ...cells];
  });
  return [['bug', 'killed', ...checkers], ...rows];
}

function referenceRows(runs: readonly ScoredRun[]): readonly (readonly string[])[] {
  const rows = [...new Set(runs.map(({ nemesis, workload }) => `${nemesis}\0${workload}`))].map((setup) => {
    const [nemesis = '', workload = ''] = setup.split('\0');
    const ofSetup = runs.filter((run) => run.nemesis === nemesis && run.workload === workload);
    return [`reference: ${nemesis}`, workload, ofSetup.map(({ outcome }) => outcome).join(', ')];
  });
  return [['without a bug', 'workload', 'came to'], ...rows];
}

function earliest(times: readonly (number | null | undefined)[]): string {
  const known = times.filter((time) => typeof time === 'number');
  return known.length === 0 ? 'at the end' : formatDuration(Math.min(...known));
}

function instant(ms: number | null | undefined): string {
  return typeof ms === 'number' ? `after ${formatDuration(ms)} of load` : 'at the end';
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
