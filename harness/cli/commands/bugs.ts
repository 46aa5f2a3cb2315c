/** `harness bugs`: would the checkers have noticed? Every seeded bug against the checker that is named for it, and the reference against all. */
import { randomInt } from 'node:crypto';
import { runReporters } from '../../../reports/index.ts';
import { type BugEntry, type Catalogue, type ResolvedConfig, suggest, UsageError } from '../../config/index.ts';
import { planScore, runScore, type ScoreRun } from '../../run/score/index.ts';
import type { Arguments, Command } from '../command.ts';
import { configOf } from '../config-of.ts';
import { exitCodeAfter } from '../interrupted-exit.ts';
import { describeOutcome, describeScore, labelOf } from '../score/words.ts';
import { wholeNumber } from '../whole-number.ts';

const mostSeeds = 1000;

export const bugsCommand: Command = {
  name: 'bugs',
  positionals: '[names..]',
  summary: 'Run the seeded bugs, and the reference without any, and print what the checkers noticed',
  flags: [
    { name: 'seeds', group: 'Runs', kind: 'value', placeholder: 'number', description: 'How many seeds for each', defaultText: '1' },
    {
      name: 'seed',
      group: 'Runs',
      kind: 'value',
      placeholder: 'number',
      description: 'The first of them',
      defaultText: 'drawn and printed',
    },
    {
      name: 'time',
      group: 'Runs',
      kind: 'value',
      placeholder: 'duration',
      description: 'How long each run loads',
      defaultText: 'what each needs: 30 to 60 s',
    },
    { name: 'bugs-only', group: 'Runs', kind: 'switch', description: 'Without the reference' },
    { name: 'reference-only', group: 'Runs', kind: 'switch', description: 'Without the bugs' },
    { name: 'json', group: 'Results', kind: 'switch', description: 'Print one JSON object' },
    { name: 'quiet', group: 'Results', kind: 'switch', description: 'No progress' },
    {
      name: 'runs-directory',
      group: 'Results',
      kind: 'value',
      placeholder: 'path',
      description: 'Where runs are kept',
      defaultText: 'runs',
    },
  ],
  examples: [
    { line: 'harness bugs', explanation: 'all of them, and the reference under every nemesis: a minute each' },
    { line: 'harness bugs fence-one-replica-skips --seeds 3', explanation: 'one of them three times, and the reference under its nemesis' },
    { line: 'harness bugs --reference-only --seeds 3 --json', explanation: 'false alarms alone, for a program' },
  ],
  ownsNodes: true,
  run: async (args, session) => {
    const { io } = session;
    const catalogue = await session.loadCatalogue();
    const plan = planOf(args, catalogue);
    // A mistake in any of them is said before the first begins.
    const configs = new Map<ScoreRun, ResolvedConfig>();
    for (const planned of plan)
      configs.set(planned, await configOf({ ...planned.flags, ...common(args), seed: String(planned.seed) }, session));
    const { runTrial } = await import('../../run/trial.ts');
    const tell = (text: string): void => (args['quiet'] === true ? undefined : io.stderr(`${text}\n`));
    const score = await runScore({
      plan,
      run: (planned) => {
        const config = configs.get(planned);
        if (config === undefined) throw new Error('a run of the score has no configuration');
        return runTrial({ ...config, reporters: [], quiet: true }, io);
      },
      signal: io.signal,
      onBegin: ({ bug, seed, flags }, number) => {
        const subject = {
          ...(bug === undefined ? {} : { bug: bug.name }),
          nemesis: String(flags['nemesis']),
          workload: String(flags['workload']),
        };
        tell(`[${number}/${plan.length}] ${labelOf({ ...subject, seed })} …`);
      },
      onScored: async (scored, { report }) => {
        tell(`    ${describeOutcome(scored)}`);
        if (report === undefined || !['survived', 'false-alarm'].includes(scored.outcome)) return;
        // Somebody will want to see why.
        await runReporters(['html'], report, { ...io, runDirectory: report.run.runDirectory });
      },
    });
    io.stdout(args['json'] === true ? `${JSON.stringify({ schemaVersion: 1, ...score })}\n` : describeScore(score, io.colour));
    return exitCodeAfter(score.exitCode, io.signal);
  },
};

function common(args: Arguments): Arguments {
  return args['runs-directory'] === undefined ? {} : { 'runs-directory': args['runs-directory'] };
}

function planOf(args: Arguments, catalogue: Catalogue): readonly ScoreRun[] {
  const names = (Array.isArray(args['names']) ? args['names'] : []).map(String);
  for (const name of names) requireBug(name, catalogue.bugs);
  if (args['bugs-only'] === true && args['reference-only'] === true) {
    throw new UsageError({
      code: 'conflicting-settings',
      happened: '--bugs-only and --reference-only are both given',
      expected: 'one of them',
    });
  }
  const first = wholeNumber('seed', args['seed'], 0, Number.MAX_SAFE_INTEGER - mostSeeds) ?? randomInt(2 ** 32);
  const count = wholeNumber('seeds', args['seeds'], 1, mostSeeds) ?? 1;
  return planScore({
    catalogue,
    names,
    seeds: Array.from({ length: count }, (_, index) => first + index),
    ...(typeof args['time'] === 'string' ? { time: args['time'] } : {}),
    withBugs: args['reference-only'] !== true,
    withReference: args['bugs-only'] !== true,
  });
}

function requireBug(name: string, bugs: readonly BugEntry[]): void {
  const names = bugs.map((bug) => bug.name);
  if (names.includes(name)) return;
  throw new UsageError({
    code: 'unknown-name',
    happened: `there is no bug "${name}"`,
    expected: `one of ${names.join(', ')}`,
    advice: suggest(name, names) ?? 'harness list bugs',
  });
}
