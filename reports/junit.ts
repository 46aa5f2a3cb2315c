/**
 * `junit`: `junit.xml`, which every CI system draws. One test case a checker. A violated property is a `failure`; an `unknown` one is an
 * `error`, since it must not look like a pass, unless the run was told to allow it (exit code 0), when it is `skipped`.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CheckResult } from '../harness/history/index.ts';
import { evidenceByWeight } from './evidence.ts';
import { clip, formatValue } from './text/format.ts';
import type { Reporter, ReportInput } from './types.ts';

const maxDetailCharacters = 20_000;

interface TestCase {
  readonly name: string;
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly detail: string;
}

export const junitReporter: Reporter = {
  name: 'junit',
  async report(input, out) {
    await writeFile(path.join(out.runDirectory, 'junit.xml'), junitXml(input));
  },
};

export function junitXml(input: ReportInput): string {
  const { run } = input;
  const cases = testCases(input);
  const count = (outcome: TestCase['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  const seconds = (run.durationMs / 1000).toFixed(3);
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`;
  const properties = [
    ['seed', String(run.seed)],
    ['replay', run.replayCommand],
    ['run directory', run.runDirectory],
    ['workload', run.workload],
    ['nemeses', run.nemeses.join(', ')],
  ] as const;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="seamproof" ${counts} time="${seconds}">`,
    `  <testsuite name="${xml(run.name)}" ${counts} skipped="${count('skipped')}" time="${seconds}" timestamp="${xml(run.startedAtIso)}">`,
    '    <properties>',
    ...properties.map(([name, value]) => `      <property name="${xml(name)}" value="${xml(value)}"/>`),
    '    </properties>',
    ...cases.map((one) => testCaseXml(one, run.name)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCases({ verdict, run }: ReportInput): readonly TestCase[] {
  const cases = Object.entries(verdict.checkers).map(([name, result]): TestCase => {
    const outcome = outcomeOf(result, run.exitCode);
    return { name, outcome, message: result.summary, detail: detailOf(result, run.replayCommand) };
  });
  // A run may fail for a reason no checker owns: a threshold, clean-up, an invalid history, or no checker at all.
  const shown = cases.some(({ outcome }) => outcome === 'failure' || outcome === 'error');
  if (!shown && (run.exitCode !== 0 || verdict.verdict !== 'valid')) {
    const outcome = verdict.verdict === 'invalid' ? 'failure' : run.exitCode === 0 ? 'skipped' : 'error';
    if (outcome !== 'skipped' || cases.length === 0) {
      cases.push({
        name: 'run',
        outcome,
        message: `${verdict.summary} (exit code ${run.exitCode})`,
        detail: `Replay: ${run.replayCommand}`,
      });
    }
  }
  return cases;
}

function outcomeOf(result: CheckResult, exitCode: number): TestCase['outcome'] {
  switch (result.verdict) {
    case 'valid':
      return 'passed';
    case 'invalid':
      return 'failure';
    case 'unknown':
      return exitCode === 0 ? 'skipped' : 'error';
  }
}

function detailOf(result: CheckResult, replayCommand: string): string {
  const evidence = evidenceByWeight(result).flatMap((one) => [
    `- ${one.summary}`,
    ...(one.logLines ?? []).map(({ node, line }) => `    ${node}: ${line}`),
    ...(one.operations === undefined ? [] : [`    operations ${one.operations.join(', ')}`]),
    ...(one.data === undefined ? [] : [`    ${formatValue(one.data, 2_000)}`]),
  ]);
  const body = clip([result.question, result.summary, ...evidence].join('\n'), maxDetailCharacters);
  return `${body}\nReplay: ${replayCommand}`;
}

function testCaseXml({ name, outcome, message, detail }: TestCase, suite: string): string {
  const open = `    <testcase classname="${xml(suite)}" name="${xml(name)}" time="0"`;
  switch (outcome) {
    case 'passed':
      return `${open}/>`;
    case 'skipped':
      return `${open}><skipped message="${xml(message)}"/></testcase>`;
    case 'failure':
    case 'error':
      return `${open}><${outcome} type="${outcome === 'failure' ? 'invalid' : 'unknown'}" message="${xml(message)}">${xml(detail)}</${outcome}></testcase>`;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Escaped for text and attributes. XML 1.0 has no way to write most control characters, lone surrogates and U+FFFE, so they become U+FFFD. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"'\n\r\t]/g, (character: string) => entities[character] ?? character);
}
