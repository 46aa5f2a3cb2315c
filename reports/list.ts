/**
 * `list`: the verdict for people, on standard output. The answer first, then every checker with its question, then for each failure what
 * was violated, what shows it, and the command that replays it.
 */
import type { CheckResult, Evidence, Operation, RunEvidence } from '../harness/history/index.ts';
import { checkersByUrgency, evidenceByWeight, resolveOperations, resolveTraffic } from './evidence.ts';
import { type Paint, painter, verdictMark, verdictTone } from './text/colour.ts';
import { formatCount, formatDuration, formatInstant, formatRate, formatValue } from './text/format.ts';
import type { Reporter, ReportInput } from './types.ts';

const shownEvidence = 5;
const shownRecords = 8;

export const listReporter: Reporter = {
  name: 'list',
  async report(input, out) {
    out.stdout(listReport(input, out.colour));
  },
};

export function listReport(input: ReportInput, colour: boolean): string {
  const { verdict, run, evidence } = input;
  const paint = painter(colour);
  const checkers = checkersByUrgency(verdict);
  const width = Math.max(0, ...checkers.map(([name]) => name.length));
  const broken = checkers.filter(([, result]) => result.verdict === 'invalid');
  const unknown = checkers.filter(([, result]) => result.verdict === 'unknown');
  const lines = [
    '',
    `${paint(verdictTone[verdict.verdict], `${verdictMark[verdict.verdict]} ${verdict.verdict.toUpperCase()}`)}  ${paint('strong', printable(verdict.summary))}`,
    '',
    ...checkers.flatMap(([name, result]) => checkerLines(name, result, width, paint)),
    ...broken.flatMap(([name, result]) => violationLines(name, result, evidence, paint)),
    ...(unknown.length === 0
      ? []
      : [
          '',
          paint('strong', 'Not decided'),
          ...unknown.map(([name, result]) => `  ${paint('doubt', name)}: ${printable(result.summary)}`),
        ]),
    '',
    ...factLines(input, paint),
    ...(run.remarks.length === 0 ? [] : ['', paint('strong', 'Remarks'), ...run.remarks.map((remark) => `  ${printable(remark)}`)]),
    ...(verdict.verdict === 'valid' ? [] : ['', paint('strong', 'Replay'), `  ${printable(run.replayCommand)}`]),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function checkerLines(name: string, result: CheckResult, width: number, paint: Paint): readonly string[] {
  const indent = ' '.repeat(width + 6);
  const examined = Object.entries(result.examined).map(([what, count]) => `${formatCount(count)} ${printable(what)}`);
  return [
    `  ${paint(verdictTone[result.verdict], verdictMark[result.verdict])} ${paint('strong', printable(name).padEnd(width))}  ${printable(result.question)}`,
    `${indent}${printable(result.summary)}`,
    paint('quiet', `${indent}examined ${examined.length === 0 ? 'nothing' : examined.join(', ')}`),
  ];
}

function violationLines(name: string, result: CheckResult, run: RunEvidence, paint: Paint): readonly string[] {
  const evidence = evidenceByWeight(result);
  const more = evidence.length - shownEvidence;
  return [
    '',
    `${paint('bad', `${verdictMark.invalid} ${printable(name)}`)}: ${printable(result.summary)}`,
    ...evidence.slice(0, shownEvidence).flatMap((one) => evidenceLines(one, run, paint)),
    ...(more > 0 ? [paint('quiet', `  and ${more} more in verdict.json`)] : []),
  ];
}

function evidenceLines(evidence: Evidence, run: RunEvidence, paint: Paint): readonly string[] {
  const operations = resolveOperations(evidence, run, shownRecords);
  const traffic = resolveTraffic(evidence, run, shownRecords);
  const logLines = evidence.logLines ?? [];
  return [
    `  • ${printable(evidence.summary)}`,
    ...logLines
      .slice(0, shownRecords)
      .map(({ node, line }) => `      ${paint('quiet', `${printable(node)} │`)} ${printable(formatValue(line, 2_000))}`),
    ...omitted(logLines.length - shownRecords, 'log lines', paint),
    ...operations.records.map((operation) => `      ${operationLine(operation, paint)}`),
    ...omitted(operations.omitted, 'operations', paint),
    ...traffic.records.map(
      (call) =>
        `      ${paint('quiet', `call ${call.id}`)} ${formatInstant(call.receivedAt)} ${printable(`${call.edge} ${call.method} ${call.path}`)} ${call.status ?? call.outcome}`,
    ),
    ...omitted(traffic.omitted, 'calls', paint),
    ...Object.entries(evidence.data ?? {}).map(
      ([field, value]) => `      ${paint('quiet', `${printable(field)}:`)} ${printable(formatValue(value))}`,
    ),
  ];
}

function operationLine(operation: Operation, paint: Paint): string {
  const error = operation.error === undefined ? '' : ` ${operation.error.code}: ${operation.error.message}`;
  const key = operation.key === undefined ? '' : ` ${operation.key}`;
  const value = operation.value === undefined || operation.value === null ? '' : ` ${formatValue(operation.value)}`;
  return `${paint('quiet', `#${operation.index}`)} ${formatInstant(operation.time)} process ${operation.process} ${operation.type} ${printable(`${operation.f}${key}${value}${error}`)}`;
}

function omitted(count: number, what: string, paint: Paint): readonly string[] {
  return count > 0 ? [paint('quiet', `      and ${formatCount(count)} more ${what}`)] : [];
}

function factLines({ run }: ReportInput, paint: Paint): readonly string[] {
  const operations = Object.entries(run.stats.ops).map(
    ([f, { ok, fail, info }]) => `${printable(f)} ${formatCount(ok)} ok, ${formatCount(fail)} fail, ${formatCount(info)} info`,
  );
  const facts = [
    ['Load', `${run.workload}, ${formatRate(run.stats.opsPerSecond)} for ${formatDuration(run.durationMs)}`],
    ['Operations', operations.length === 0 ? 'none' : operations.join('; ')],
    ...(run.stats.missed === 0 ? [] : [['Missed', `${formatCount(run.stats.missed)} arrivals, never made`] as const]),
    ['Faults', run.nemeses.length === 0 ? 'none' : run.nemeses.join(', ')],
    ...(run.bug === undefined ? [] : [['Seeded bug', run.bug] as const]),
    ['Seed', String(run.seed)],
    ['Evidence', run.runDirectory],
  ] as const;
  return facts.map(([name, value]) => `  ${paint('quiet', name.padEnd(11))} ${printable(value)}`);
}

/** Evidence is what some node printed: an escape sequence in it must not reach the reader's terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}
