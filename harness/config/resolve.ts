/** Sources → a configuration in which nothing is left open, or a `UsageError`. Pure: the seed's randomness is handed in. */
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { defaults, majorityOf } from './defaults.ts';
import { resolveHosts } from './hosts.ts';
import { resolveNemeses, type TargetsAsked } from './nemesis-choice.ts';
import { type NemesisChoice, type ResolvedConfig, resolvedConfigSchema } from './resolved.ts';
import type { SettingKey, SettingValues } from './settings.ts';
import { type ConfigSources, readSettings } from './sources.ts';
import { suggest } from './suggest.ts';
import { resolveTargetOptions } from './target-options.ts';
import { UsageError } from './usage-error.ts';

export interface ResolveOptions extends ConfigSources {
  readonly catalogue: Catalogue;
  /** Draws the seed when none was given. */
  readonly drawSeed: () => number;
  /** Reads what a `schedule` setting names; throws a `UsageError` when it can't. */
  readonly readSchedule: (file: string) => ScheduleSettings;
  /** Reads a file that a setting names; throws when it can't. */
  readonly readText: (file: string) => string;
}

/** What a schedule settles about a run beside its faults. */
export interface ScheduleSettings {
  readonly seed: number;
  readonly timeMs: number;
  /** Those whose faults it plans. */
  readonly nemeses: readonly string[];
}

const shortestLeaseMs = 200;

export function resolveConfig({ catalogue, drawSeed, readSchedule, readText, ...sources }: ResolveOptions): ResolvedConfig {
  const { values, origins } = readSettings(sources);
  const originOf = (key: SettingKey): string => origins.get(key) ?? key;

  const target = values.target ?? defaults.target;
  requireName('target', target, catalogue.targets, originOf('target'));
  const driver = values.driver ?? defaults.driver;
  requireName('driver', driver, catalogue.drivers, originOf('driver'));
  const ssh = resolveHosts(values, driver, originOf, readText);
  const workload = values.workload ?? defaults.workload;
  requireName('workload', workload, catalogue.workloads, originOf('workload'));
  if (values.bug !== undefined) requireName('bug', values.bug, catalogue.bugs, originOf('bug'));
  for (const checker of values.checkers ?? []) requireName('checker', checker, catalogue.checkers, originOf('checkers'));

  refuseBesideSchedule(values, originOf);
  const schedule = values.schedule === undefined ? undefined : readSchedule(values.schedule);
  const asked = values.nemesis ?? schedule?.nemeses.map((name) => ({ name })) ?? [...defaults.nemesis];
  const nemeses = resolveNemeses(asked, catalogue.nemeses, originOf('nemesis'), targetsAsked(values, originOf));
  const leaseMs = values.lease ?? defaults.leaseMs;
  if (leaseMs < shortestLeaseMs) {
    throw new UsageError({
      code: 'invalid-value',
      happened: `${originOf('lease')} is ${leaseMs} ms`,
      expected: `at least ${shortestLeaseMs} ms, so that a renewal over a disk and a network fits into it`,
    });
  }

  return resolvedConfigSchema.parse({
    target,
    workload,
    nemeses,
    timeMs: values.time ?? schedule?.timeMs ?? longestNeeded(nemeses, catalogue),
    ...(values.rate === undefined ? {} : { rate: values.rate }),
    ...(values.concurrency === undefined ? {} : { concurrency: values.concurrency }),
    seed: values.seed ?? schedule?.seed ?? drawSeed(),
    ...(values.schedule === undefined ? {} : { schedule: values.schedule }),
    repeat: values.repeat ?? 1,
    keepGoing: values.keepGoing ?? false,
    control: controlOf(values, nemeses, catalogue, originOf('control')),
    failFast: values.failFast ?? false,
    driver,
    ...(ssh === undefined ? {} : { ssh }),
    ...(values.bug === undefined ? {} : { bug: values.bug }),
    ...(values.checkers === undefined ? {} : { checkers: unique(values.checkers) }),
    ...resolveQuorums(values),
    leaseMs,
    inventoryConsistency: values.inventoryConsistency ?? defaults.inventoryConsistency,
    targetOptions: resolveTargetOptions({
      given: values.targetOption ?? [],
      target: catalogue.targets.find(({ name }) => name === target),
      nemeses,
      known: catalogue.nemeses,
      origin: originOf('targetOption'),
    }),
    ...resolveOutput(values, catalogue.reporters, originOf),
    quiet: values.quiet ?? false,
    verbose: values.verbose ?? false,
    allowUnknown: values.allowUnknown ?? false,
    runsDirectory: values.runsDirectory ?? defaults.runsDirectory,
    name: values.name ?? nameOf(workload, nemeses, values.bug),
    ...(values.nemesisInterval === undefined ? {} : { nemesisIntervalMs: values.nemesisInterval }),
    ...(values.basePort === undefined ? {} : { basePort: values.basePort }),
    ...(values.dockerBase === undefined ? {} : { dockerBase: values.dockerBase }),
    nodeMemoryMb: values.nodeMemoryMb ?? defaults.nodeMemoryMb,
    nodeCpus: values.nodeCpus ?? defaults.nodeCpus,
  });
}

function targetsAsked({ nemesisTargets }: SettingValues, originOf: (key: SettingKey) => string): TargetsAsked | undefined {
  return nemesisTargets === undefined ? undefined : { whom: nemesisTargets, origin: originOf('nemesisTargets') };
}

/** A schedule says which faults there are and how long the load is; to say both again would be to contradict it. */
function refuseBesideSchedule(values: SettingValues, originOf: (key: SettingKey) => string): void {
  if (values.schedule === undefined) return;
  const settledByIt = (['nemesis', 'nemesisTargets', 'nemesisInterval', 'time'] as const).find((key) => values[key] !== undefined);
  if (settledByIt === undefined) return;
  throw new UsageError({
    code: 'conflicting-settings',
    happened: `${originOf('schedule')} and ${originOf(settledByIt)} are both given`,
    expected: 'one of them: a schedule has its own faults, at their own times, and its own length',
  });
}

/** Only faults that overload somebody have anything to compare. */
function controlOf(values: SettingValues, nemeses: readonly NemesisChoice[], { nemeses: known }: Catalogue, origin: string): boolean {
  if (values.control !== true) return false;
  const controlled = known.filter(({ hasControl }) => hasControl === true).map(({ name }) => name);
  if (nemeses.some(({ name }) => controlled.includes(name))) return true;
  throw new UsageError({
    code: 'conflicting-settings',
    happened: `${origin}: none of the faults asked for has a control`,
    expected: `--nemesis with ${controlled.join(' or ')}`,
  });
}

/** Some faults show what they are for only after a while. */
function longestNeeded(nemeses: readonly NemesisChoice[], { nemeses: known }: Catalogue): number {
  const needed = nemeses.map(({ name }) => known.find((entry) => entry.name === name)?.needs?.timeMs ?? 0);
  return Math.max(defaults.timeMs, ...needed);
}

function resolveQuorums(values: SettingValues): Pick<ResolvedConfig, 'replicas' | 'readQuorum' | 'writeQuorum'> {
  const replicas = values.replicas ?? defaults.replicas;
  const majority = majorityOf(replicas);
  const readQuorum = values.readQuorum ?? majority;
  const writeQuorum = values.writeQuorum ?? majority;
  for (const [name, size] of [
    ['read', readQuorum],
    ['write', writeQuorum],
  ] as const) {
    if (size <= replicas) continue;
    throw new UsageError({
      code: 'invalid-value',
      happened: `the ${name} quorum is ${size}, but there are only ${replicas} replicas`,
      expected: `a ${name} quorum from 1 to ${replicas}`,
      advice: `--${name}-quorum ${majority}, or more --replicas`,
    });
  }
  if (readQuorum + writeQuorum <= replicas) {
    throw new UsageError({
      code: 'quorums-do-not-intersect',
      happened: `a read quorum of ${readQuorum} and a write quorum of ${writeQuorum} need not share a replica when there are ${replicas}: ${readQuorum} + ${writeQuorum} ≤ ${replicas}`,
      expected: 'R + W > N, so that every read meets the last acknowledged write',
      advice: `--read-quorum ${majority} --write-quorum ${majority}`,
    });
  }
  return { replicas, readQuorum, writeQuorum };
}

/** `list` and `json` both own stdout. `--json` takes the place of a `list` that nobody asked for, and argues with one that somebody did. */
function resolveOutput(
  values: SettingValues,
  known: readonly CatalogueEntry[],
  originOf: (key: SettingKey) => string,
): Pick<ResolvedConfig, 'reporters' | 'json'> {
  requireReporters(values, known, originOf);
  const asked = [...(values.reporter ?? []), ...(values.addReporter ?? [])];
  const json = values.json ?? asked.includes('json');
  if (json && asked.includes('list')) {
    throw new UsageError({
      code: 'conflicting-settings',
      happened: 'the reporters list and json would both write to stdout',
      expected: 'one of them',
      advice: 'drop list, or read the JSON from verdict.json in the run directory',
    });
  }
  if (!json && asked.includes('json')) {
    throw new UsageError({
      code: 'conflicting-settings',
      happened: `${originOf('json')} is false, and the reporter json is asked for`,
      expected: 'one of them',
    });
  }
  const usual = defaults.reporters.filter((name) => !(json && name === 'list'));
  const reporters = unique([...(json ? ['json'] : []), ...(values.reporter ?? usual), ...(values.addReporter ?? [])]);
  return { json, reporters };
}

/** The reporters to run again over a finished run: those asked for, or the default. */
export function resolveReporters(flags: ConfigSources['flags'], known: readonly CatalogueEntry[]): readonly string[] {
  const { values, origins } = readSettings({ flags, environment: {} });
  requireReporters(values, known, (key) => origins.get(key) ?? key);
  return unique(values.reporter ?? defaults.reporters);
}

function requireReporters(values: SettingValues, known: readonly CatalogueEntry[], originOf: (key: SettingKey) => string): void {
  for (const key of ['reporter', 'addReporter'] as const) {
    for (const name of values[key] ?? []) requireName('reporter', name, known, originOf(key));
  }
}

function requireName(kind: string, name: string, known: readonly CatalogueEntry[], origin: string): void {
  const names = known.map((entry) => entry.name);
  if (names.includes(name)) return;
  throw new UsageError({
    code: 'unknown-name',
    happened: `${origin}: there is no ${kind} "${name}"`,
    expected: names.length === 0 ? `no ${kind} exists yet` : `one of ${names.join(', ')}`,
    ...adviceFor(name, names),
  });
}

function adviceFor(name: string, names: readonly string[]): { readonly advice?: string } {
  const meant = suggest(name, names);
  return meant === undefined ? {} : { advice: meant };
}

/** `orders-pause-leader+retry-storm`: what ran, readable in a directory listing. */
function nameOf(workload: string, nemeses: readonly NemesisChoice[], bug: string | undefined): string {
  const faults = nemeses.map(({ name }) => name).join('+');
  return [workload, faults, ...(bug === undefined ? [] : [bug])].join('-').slice(0, 100);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
