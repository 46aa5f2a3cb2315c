/** The smallest input a reporter accepts, to be varied one field at a time; and an output that remembers. */
import type { CheckResult, Operation, RunEvidence } from '../../harness/history/index.ts';
import { mergeVerdicts } from '../../harness/history/index.ts';
import type { ReportInput, ReportOutput, RunSummary } from '../types.ts';

/** Strings a hostile node might print. */
export const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u0000\u001b[31m]]>&"\'<!-- \ud800 \u202e';

export function smallEvidence(overrides: Partial<RunEvidence> = {}): RunEvidence {
  return {
    history: [],
    traffic: [],
    logs: [],
    faults: [],
    windows: [],
    signals: [],
    replicas: [],
    workload: 'register',
    nemeses: [],
    ...overrides,
  };
}

export function smallResult(overrides: Partial<CheckResult> = {}): CheckResult {
  return { verdict: 'valid', question: 'Does it hold?', summary: 'It held.', examined: { things: 1 }, evidence: [], ...overrides };
}

export function smallInput(
  checkers: Readonly<Record<string, CheckResult>>,
  overrides: { readonly run?: Partial<RunSummary>; readonly evidence?: Partial<RunEvidence> } = {},
): ReportInput {
  const verdict = mergeVerdicts(Object.values(checkers).map((one) => one.verdict));
  return {
    verdict: { schemaVersion: 1, verdict, summary: `The run is ${verdict}.`, checkers },
    evidence: smallEvidence(overrides.evidence),
    run: {
      name: 'register',
      startedAtIso: '2026-03-14T09:26:53.000Z',
      durationMs: 1500,
      seed: 7,
      argv: ['test'],
      replayCommand: 'npx harness replay runs/register/1',
      versions: {},
      runDirectory: 'runs/register/1',
      nemeses: [],
      workload: 'register',
      stats: { ops: {}, opsPerSecond: 0, missed: 0 },
      remarks: [],
      exitCode: { valid: 0, invalid: 1, unknown: 2 }[verdict],
      ...overrides.run,
    },
  };
}

/** One client call: an invocation and, unless it never came back, its completion. */
export function call(
  process: number,
  startNs: number,
  endNs: number,
  type: 'ok' | 'fail' | 'info',
  more: Partial<Operation> = {},
): readonly Omit<Operation, 'index'>[] {
  const common = { process, f: 'read', value: null, ...more };
  return [
    { ...common, time: startNs, type: 'invoke' },
    { ...common, time: endNs, type },
  ];
}

export function historyOf(...calls: readonly (readonly Omit<Operation, 'index'>[])[]): readonly Operation[] {
  return calls
    .flat()
    .sort((a, b) => a.time - b.time)
    .map((operation, index) => ({ index, ...operation }));
}

export interface RememberedOutput extends ReportOutput {
  readonly printed: string[];
  readonly complaints: string[];
}

export function rememberingOutput(runDirectory: string): RememberedOutput {
  const printed: string[] = [];
  const complaints: string[] = [];
  return {
    runDirectory,
    colour: false,
    printed,
    complaints,
    stdout: (text) => void printed.push(text),
    stderr: (text) => void complaints.push(text),
  };
}
