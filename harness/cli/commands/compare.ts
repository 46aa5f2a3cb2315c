/** `harness compare`: the same load and faults under different settings, one run after the other, and what that makes of them. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type ComparedRun, compareRun, comparisonHtml, comparisonText } from '../../../reports/index.ts';
import { exitCodes, type ResolvedConfig, UsageError } from '../../config/index.ts';
import { readRun } from '../../run/saved-run.ts';
import type { Command, Flag, Session } from '../command.ts';
import { type Compared, planComparison } from '../compare-plan.ts';
import { configOf, settingFlags } from '../config-of.ts';
import { exitCodeAfter } from '../interrupted-exit.ts';

/** Each is run once, and shown here. */
const notHere: ReadonlySet<string> = new Set(['repeat', 'keep-going', 'reporter', 'add-reporter', 'allow-unknown']);

const ownFlags: readonly Flag[] = [
  {
    name: 'vary',
    group: 'What is compared',
    kind: 'value',
    placeholder: 'setting=a,b',
    description: 'Run once with each value of this setting, all else equal',
  },
  {
    name: 'figures',
    group: 'What is compared',
    kind: 'list',
    placeholder: 'names',
    description: 'Further figures: what a checker examined, such as saga.orders, separated by commas',
  },
];

export const compareCommand: Command = {
  name: 'compare',
  positionals: '[runs..]',
  summary: 'Run the same load and faults with different settings, or take finished runs, and show their figures beside each other',
  flags: [...ownFlags, ...settingFlags.filter(({ name }) => !notHere.has(name))],
  examples: [
    { line: 'harness compare --vary lease=1s,4s --nemesis pause-leader --time 60', explanation: 'what a shorter lease buys, and costs' },
    { line: 'harness compare runs/orders-kill/one runs/orders-kill/other', explanation: 'two finished runs' },
    { line: 'harness compare small.config.ts large.config.ts --seed 7', explanation: 'two configurations, under one seed' },
  ],
  ownsNodes: true,
  run: async (args, session) => {
    const { io, workingDirectory } = session;
    const plan = planComparison(args, workingDirectory);
    const named = wordsOf(args['figures']);
    const settings = await configOf({ ...args, config: undefined }, session);
    const configs = await configsOf(plan, String(settings.seed), session);
    const tell = (text: string): void => (settings.quiet ? undefined : io.stderr(`${text}\n`));
    const { runTrial } = await import('../../run/trial.ts');

    const runs: ComparedRun[] = [];
    let exitCode: number = exitCodes.valid.code;
    for (const [index, compared] of plan.entries()) {
      if (io.signal.aborted) break;
      if (compared.kind === 'finished') {
        runs.push(compareRun(compared.label, (await readRun(compared.directory)).report, named));
        continue;
      }
      const config = configs.get(compared);
      if (config === undefined) throw new Error(`${compared.label} has no configuration`);
      tell(`[${index + 1}/${plan.length}] ${compared.label}, seed ${config.seed} …`);
      const trial = await runTrial({ ...config, reporters: ['html'] }, io);
      if (trial.exitCode === exitCodes.leftovers.code) exitCode = trial.exitCode;
      if (io.signal.aborted) break;
      tell(`    ${trial.verdict ?? `not run: ${trial.summary}`}`);
      if (trial.report === undefined) exitCode = trial.exitCode;
      else runs.push(compareRun(compared.label, trial.report, named));
    }
    if (runs.length > 0) await show(runs, describeCommon(plan, configs), settings, session);
    if (!io.signal.aborted) refuseUnknownFigures(named, runs);
    return exitCodeAfter(exitCode, io.signal);
  },
};

/** All of them before the first is run: a mistake in the last should not be found out after an hour. */
async function configsOf(plan: readonly Compared[], seed: string, session: Session): Promise<ReadonlyMap<Compared, ResolvedConfig>> {
  const configs = new Map<Compared, ResolvedConfig>();
  for (const compared of plan) if (compared.kind === 'run') configs.set(compared, await configOf({ seed, ...compared.args }, session));
  return configs;
}

async function show(
  runs: readonly ComparedRun[],
  lead: string,
  { json, runsDirectory, quiet }: ResolvedConfig,
  { io, workingDirectory }: Session,
) {
  const directory = path.resolve(workingDirectory, runsDirectory, 'compare', new Date().toISOString().replaceAll(/[:.]/g, '-'));
  await mkdir(directory, { recursive: true });
  const title = runs.map(({ label }) => label).join(' · ');
  const result = { schemaVersion: 1, runs: runs.map(({ label, figures, runDirectory }) => ({ label, figures, runDirectory })) };
  await writeFile(path.join(directory, 'compare.html'), await comparisonHtml({ title, lead, runs }));
  await writeFile(path.join(directory, 'compare.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  io.stdout(json ? `${JSON.stringify(result)}\n` : comparisonText(runs));
  if (!quiet) io.stderr(`graph: ${path.relative(workingDirectory, path.join(directory, 'compare.html'))}\n`);
}

function describeCommon(plan: readonly Compared[], configs: ReadonlyMap<Compared, ResolvedConfig>): string {
  const [first] = configs.values();
  if (first === undefined) return 'Finished runs, as they were; their loads and faults may differ.';
  const faults = first.nemeses.map(({ name }) => name).join(', ');
  const rest = configs.size < plan.length ? ' Finished runs stand beside them as they were.' : '';
  return `The same load and schedule of faults for each that was run: ${first.workload} under ${faults}, seed ${first.seed}.${rest}`;
}

function wordsOf(given: unknown): readonly string[] {
  const items = Array.isArray(given) ? given.map(String) : typeof given === 'string' ? [given] : [];
  return items.flatMap((item) => item.split(',').map((word) => word.trim())).filter((word) => word !== '');
}

/** A figure that no run has is a mistake in its name, and would otherwise look like nothing found. */
function refuseUnknownFigures(named: readonly string[], runs: readonly ComparedRun[]): void {
  const unknown = named.find((name) =>
    runs.every(({ figures }) => figures.every((figure) => figure.name !== name || figure.value === null)),
  );
  if (unknown === undefined) return;
  throw new UsageError({
    code: 'unknown-name',
    happened: `none of the runs has a figure ${unknown}`,
    expected: 'a checker and something it examined, such as saga.orders; verdict.json has them under "examined"',
  });
}
