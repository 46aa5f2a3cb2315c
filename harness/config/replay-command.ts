/** The line that repeats a run: the same load, faults and seed. The schedule is repeated, not the interleaving. */
import type { NemesisEntry } from './catalogue.ts';
import { defaults, majorityOf } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { describeHost } from './hosts.ts';
import type { NemesisChoice, ResolvedConfig } from './resolved.ts';
import { flagOf, type SettingKey } from './settings.ts';

/**
 * One line that a person can paste into a shell. Everything that shapes the run is said unless it is the default; where the run is kept
 * and how it is shown is left to whoever repeats it.
 */
export function replayCommand(config: ResolvedConfig, known: readonly NemesisEntry[]): string {
  const majority = majorityOf(config.replicas);
  const parts: readonly Part[] = [
    ['target', unless(defaults.target, config.target)],
    ['workload', config.workload],
    ...faultsOf(config, known),
    ['seed', config.seed],
    ['bug', config.bug],
    ['control', config.control || undefined],
    ['failFast', config.failFast || undefined],
    ['rate', config.rate],
    ['concurrency', config.concurrency],
    ['checkers', config.checkers?.join(',')],
    ['driver', unless(defaults.driver, config.driver)],
    ...hostParts(config),
    ['replicas', unless(defaults.replicas, config.replicas)],
    ['readQuorum', unless(majority, config.readQuorum)],
    ['writeQuorum', unless(majority, config.writeQuorum)],
    ['lease', config.leaseMs === defaults.leaseMs ? undefined : formatDuration(config.leaseMs)],
    ['inventoryConsistency', unless(defaults.inventoryConsistency, config.inventoryConsistency)],
    ['targetOption', assignments(config.targetOptions)],
    ['basePort', config.basePort],
    ['dockerBase', config.dockerBase],
    ['nodeMemoryMb', unless(defaults.nodeMemoryMb, config.nodeMemoryMb)],
    ['nodeCpus', unless(defaults.nodeCpus, config.nodeCpus)],
  ];
  const flags = parts
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (value === true ? `--${flagOf(key)}` : `--${flagOf(key)} ${quoted(String(value))}`));
  return ['npx harness test', ...flags].join(' ');
}

type Part = readonly [SettingKey, string | number | true | undefined];

/** A schedule holds faults and length; otherwise both follow from what was asked for and the seed. */
function faultsOf(config: ResolvedConfig, known: readonly NemesisEntry[]): readonly Part[] {
  if (config.schedule !== undefined) return [['schedule', config.schedule]];
  return [
    ['nemesis', config.nemeses.map((choice) => describeChoice(choice, known)).join(',')],
    ['nemesisInterval', config.nemesisIntervalMs === undefined ? undefined : formatDuration(config.nemesisIntervalMs)],
    ['time', config.timeMs % 1_000 === 0 ? config.timeMs / 1_000 : formatDuration(config.timeMs)],
  ];
}

function assignments(options: ResolvedConfig['targetOptions']): string | undefined {
  const all = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return all.length === 0 ? undefined : all.join(',');
}

function hostParts({ ssh }: ResolvedConfig): readonly Part[] {
  if (ssh === undefined) return [];
  return [
    ['nodes', ssh.hosts.map(describeHost).join(',')],
    ['sshKey', ssh.key],
    ['sshKnownHosts', ssh.knownHosts],
    ['sshTrustAnyHost', ssh.trustAnyHost || undefined],
    ['sshNetwork', unless(defaults.sshNetwork, ssh.network)],
    ['sshNode', unless(defaults.sshNode, ssh.node)],
  ];
}

function unless<Value>(byDefault: Value, value: Value): Value | undefined {
  return value === byDefault ? undefined : value;
}

function describeChoice({ name, options }: NemesisChoice, known: readonly NemesisEntry[]): string {
  const definitions = known.find((entry) => entry.name === name)?.options ?? {};
  const said = Object.entries(options).filter(([key, value]) => definitions[key]?.default !== value);
  return [name, ...said.map(([key, value]) => `${key}=${value}`)].join(':');
}

/** For a POSIX shell, only where it is needed. */
function quoted(text: string): string {
  return /^[\w.,:=+/@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
