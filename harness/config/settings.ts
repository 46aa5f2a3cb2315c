/**
 * Every setting of a run, once: its key in `harness.config.ts`, and from that its flag (`--read-quorum`) and its environment variable
 * (`SEAMPROOF_READ_QUORUM`). A new setting is an entry here and a field in `resolved.ts`.
 */
import { z } from 'zod';
import { durationSyntax, parseDurationMs } from './duration.ts';

export const settingGroups = ['What is tested', 'Faults', 'Load', 'Pipeline', 'Containers', 'Hosts', 'Repetition', 'Results'] as const;

export interface Setting {
  readonly group: (typeof settingGroups)[number];
  /** How the command line takes it: `list` may be given several times. */
  readonly kind: 'switch' | 'value' | 'list';
  /** Stands for the value in help: `--time <duration>`. */
  readonly placeholder?: string;
  readonly description: string;
  /** Shown in help. The value itself is decided in `resolve.ts`, since some follow from others. */
  readonly defaultText?: string;
  /** Accepts what a file or a text (flag, environment) may hold; gives the normalized value. */
  readonly schema: z.ZodType;
  /** What the schema wants, in words. */
  readonly expected: string;
}

const text = z.string().trim().min(1);
const toggle = z.union([z.boolean(), z.enum(['true', '1']).transform(() => true), z.enum(['false', '0']).transform(() => false)]);
const digits = z.string().regex(/^\d+$/).transform(Number);
const integer = (least: number, most: number) => z.union([z.number(), digits]).pipe(z.int().min(least).max(most));
const positive = (most: number) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .pipe(z.number().positive().max(most));

const durationMs = z.union([z.number(), z.string()]).transform((input, context) => {
  const ms = parseDurationMs(input);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: `not ${durationSyntax}` });
  return z.NEVER;
});

const splitList = (items: readonly string[]) => items.flatMap((item) => item.split(',').map((part) => part.trim()));
const list = z
  .union([z.string().transform((item) => [item]), z.array(z.string())])
  .transform(splitList)
  .pipe(z.array(z.string().min(1)).min(1));

const optionValue = z.union([z.string(), z.number(), z.boolean()]);
const nemesisItem = z.union([z.string(), z.strictObject({ name: text, options: z.record(z.string(), optionValue).optional() })]);
const nemesisList = z.union([z.string().transform((item) => [item]), z.array(nemesisItem)]).pipe(z.array(nemesisItem).min(1));

const largestReplicas = 15;
export const runNamePattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

export const settings = {
  target: {
    group: 'What is tested',
    kind: 'value',
    placeholder: 'name',
    description: 'Pipeline under test',
    defaultText: 'reference',
    schema: text,
    expected: 'a name from `harness list targets`',
  },
  workload: {
    group: 'What is tested',
    kind: 'value',
    placeholder: 'name',
    description: 'What the clients do',
    defaultText: 'orders',
    schema: text,
    expected: 'a name from `harness list workloads`',
  },
  bug: {
    group: 'What is tested',
    kind: 'value',
    placeholder: 'name',
    description: 'Plant a seeded bug, to see whether it is noticed',
    schema: text,
    expected: 'a name from `harness list bugs`',
  },
  checkers: {
    group: 'What is tested',
    kind: 'list',
    placeholder: 'names',
    description: 'Decide with these checkers only, separated by commas',
    defaultText: 'those of the workload',
    schema: list,
    expected: 'names from `harness list checkers`, separated by commas',
  },
  nemesis: {
    group: 'Faults',
    kind: 'list',
    placeholder: 'names',
    description: 'Faults to inject, separated by commas; an option follows a colon',
    defaultText: 'none',
    schema: nemesisList,
    expected: 'names from `harness list nemeses`, such as pause-leader or pause-leader:hold=8s',
  },
  nemesisTargets: {
    group: 'Faults',
    kind: 'value',
    placeholder: 'whom',
    description: 'Whom faults hit: one, minority, majority, all, leaders, a role, or a node',
    defaultText: 'what suits the fault',
    schema: text,
    expected: 'one, minority, majority, all, leaders, a role, or a node',
  },
  nemesisInterval: {
    group: 'Faults',
    kind: 'value',
    placeholder: 'duration',
    description: 'Mean time from one fault to the next',
    defaultText: 'what suits the fault',
    schema: durationMs,
    expected: durationSyntax,
  },
  schedule: {
    group: 'Faults',
    kind: 'value',
    placeholder: 'file',
    description: 'Inject the faults of this schedule.json, with its seed and length, instead of planning any',
    schema: text,
    expected: 'a schedule.json, as every run leaves one',
  },
  control: {
    group: 'Faults',
    kind: 'switch',
    description: 'Run the same retry storm with the retries unbound as well, and show both',
    schema: toggle,
    expected: 'true or false',
  },
  seed: {
    group: 'Faults',
    kind: 'value',
    placeholder: 'number',
    description: 'Number from which the whole schedule follows',
    defaultText: 'drawn and printed',
    schema: integer(0, Number.MAX_SAFE_INTEGER),
    expected: 'a whole number from 0',
  },
  time: {
    group: 'Load',
    kind: 'value',
    placeholder: 'duration',
    description: 'How long the load runs: 300 is seconds; 300s, 5m, 1500ms',
    defaultText: '60',
    schema: durationMs,
    expected: durationSyntax,
  },
  rate: {
    group: 'Load',
    kind: 'value',
    placeholder: 'number',
    description: 'Operations a second, whatever the latency',
    defaultText: "the workload's",
    schema: positive(1_000_000),
    expected: 'a number above 0 and at most 1000000',
  },
  concurrency: {
    group: 'Load',
    kind: 'value',
    placeholder: 'number',
    description: 'Logical clients',
    defaultText: "the workload's",
    schema: integer(1, 100_000),
    expected: 'a whole number from 1 to 100000',
  },
  failFast: {
    group: 'Load',
    kind: 'switch',
    description: 'Stop at the first operation that cannot be linearized',
    schema: toggle,
    expected: 'true or false',
  },
  driver: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'name',
    description: 'Where the nodes run',
    defaultText: 'local',
    schema: text,
    expected: 'a name from `harness list drivers`',
  },
  replicas: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'number',
    description: 'Storage replicas (N)',
    defaultText: '3',
    schema: integer(1, largestReplicas),
    expected: `a whole number from 1 to ${largestReplicas}`,
  },
  readQuorum: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'number',
    description: 'Replicas that answer a read or prepare (R)',
    defaultText: 'a majority',
    schema: integer(1, largestReplicas),
    expected: 'a whole number from 1 to the number of replicas',
  },
  writeQuorum: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'number',
    description: 'Replicas that store a write (W); R + W > N',
    defaultText: 'a majority',
    schema: integer(1, largestReplicas),
    expected: 'a whole number from 1 to the number of replicas',
  },
  lease: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'duration',
    description: "Length of the leader's lease",
    defaultText: '2s',
    schema: durationMs,
    expected: durationSyntax,
  },
  inventoryConsistency: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'model',
    description: 'How stock is kept: linearizable, or eventual (faster, may oversell)',
    defaultText: 'linearizable',
    schema: z.enum(['linearizable', 'eventual']),
    expected: 'linearizable or eventual',
  },
  targetOption: {
    group: 'Pipeline',
    kind: 'list',
    placeholder: 'name=value',
    description: "Options of the target's own, separated by commas; `harness list targets` names them",
    defaultText: 'what the faults need',
    schema: list,
    expected: 'name=value, with a name from `harness list targets`',
  },
  basePort: {
    group: 'Pipeline',
    kind: 'value',
    placeholder: 'port',
    description: 'First port for the nodes',
    defaultText: 'free ones',
    schema: integer(1_024, 65_000),
    expected: 'a whole number from 1024 to 65000',
  },
  dockerBase: {
    group: 'Containers',
    kind: 'value',
    placeholder: 'image',
    description: 'Image with Node.js that the image of the nodes is made from',
    defaultText: 'seamproof-base if it is there, else node:22-bookworm-slim',
    schema: text,
    expected: 'the name of an image',
  },
  nodeMemoryMb: {
    group: 'Containers',
    kind: 'value',
    placeholder: 'megabytes',
    description: 'Memory a node may use; one that needs more is ended',
    defaultText: '512',
    schema: integer(8, 1_048_576),
    expected: 'a whole number from 8 to 1048576',
  },
  nodeCpus: {
    group: 'Containers',
    kind: 'value',
    placeholder: 'number',
    description: 'Processors a node may keep busy',
    defaultText: '1',
    schema: positive(1_024),
    expected: 'a number above 0 and at most 1024',
  },
  repeat: {
    group: 'Repetition',
    kind: 'value',
    placeholder: 'number',
    description: 'Run the same schedule so often, until one run fails',
    defaultText: '1',
    schema: integer(1, 100_000),
    expected: 'a whole number from 1 to 100000',
  },
  keepGoing: {
    group: 'Repetition',
    kind: 'switch',
    description: 'Go on repeating after a failure, for the rate of it',
    schema: toggle,
    expected: 'true or false',
  },
  nodes: {
    group: 'Hosts',
    kind: 'list',
    placeholder: 'hosts',
    description: 'Hosts to run nodes on, as user@host:port separated by commas',
    schema: list,
    expected: 'hosts as user@host:port, separated by commas',
  },
  nodesFile: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'path',
    description: 'File with such hosts, one a line; # begins a comment',
    schema: text,
    expected: 'a path',
  },
  sshUser: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'name',
    description: 'User on hosts that name none',
    defaultText: 'who runs the harness',
    schema: text,
    expected: 'a user name',
  },
  sshPort: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'port',
    description: 'SSH port of hosts that name none',
    defaultText: '22',
    schema: integer(1, 65_535),
    expected: 'a whole number from 1 to 65535',
  },
  sshKey: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'path',
    description: 'File with the private key',
    defaultText: 'those of the agent and the usual ones in ~/.ssh',
    schema: text,
    expected: 'a path',
  },
  sshKnownHosts: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'path',
    description: 'File with the keys of known hosts',
    defaultText: '~/.ssh/known_hosts',
    schema: text,
    expected: 'a path',
  },
  sshTrustAnyHost: {
    group: 'Hosts',
    kind: 'switch',
    description: 'Connect to hosts whose key nobody knows',
    schema: toggle,
    expected: 'true or false',
  },
  sshNetwork: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'how',
    description: 'How calls travel: tunnel (through SSH) or direct, which is faster and needs open ports both ways',
    defaultText: 'tunnel',
    schema: z.enum(['tunnel', 'direct']),
    expected: 'tunnel or direct',
  },
  sshNode: {
    group: 'Hosts',
    kind: 'value',
    placeholder: 'path',
    description: 'Node.js executable on the hosts',
    defaultText: 'node',
    schema: text,
    expected: 'a path or a command',
  },
  reporter: {
    group: 'Results',
    kind: 'list',
    placeholder: 'names',
    description: 'Reporters, separated by commas; replaces the default',
    defaultText: 'list,junit,html',
    schema: list,
    expected: 'reporter names, separated by commas',
  },
  addReporter: {
    group: 'Results',
    kind: 'list',
    placeholder: 'names',
    description: 'Reporters to have as well',
    schema: list,
    expected: 'reporter names, separated by commas',
  },
  name: {
    group: 'Results',
    kind: 'value',
    placeholder: 'name',
    description: 'Folder of the run inside the runs directory',
    defaultText: 'workload and faults',
    schema: z
      .string()
      .regex(runNamePattern)
      .refine((name) => name !== 'latest'),
    expected: 'letters, digits and . _ + - (at most 100, beginning with a letter or digit, not "latest")',
  },
  runsDirectory: {
    group: 'Results',
    kind: 'value',
    placeholder: 'path',
    description: 'Where runs are kept',
    defaultText: 'runs',
    schema: text,
    expected: 'a path',
  },
  json: {
    group: 'Results',
    kind: 'switch',
    description: 'Print one JSON object instead of the list',
    schema: toggle,
    expected: 'true or false',
  },
  allowUnknown: {
    group: 'Results',
    kind: 'switch',
    description: 'Exit with 0 when the verdict is unknown',
    schema: toggle,
    expected: 'true or false',
  },
  quiet: {
    group: 'Results',
    kind: 'switch',
    description: 'No progress',
    schema: toggle,
    expected: 'true or false',
  },
  verbose: {
    group: 'Results',
    kind: 'switch',
    description: 'More progress, and stack traces',
    schema: toggle,
    expected: 'true or false',
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;
export const settingKeys = Object.keys(settings) as readonly SettingKey[];

/** What each setting is once it was read. */
export type SettingValues = { readonly [Key in SettingKey]?: z.output<(typeof settings)[Key]['schema']> };

/** What `harness.config.ts` may hold. */
export type UserConfig = { readonly [Key in SettingKey]?: z.input<(typeof settings)[Key]['schema']> };

/** `readQuorum` → `read-quorum`. */
export function flagOf(key: SettingKey): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const environmentPrefix = 'SEAMPROOF_';

/** `readQuorum` → `SEAMPROOF_READ_QUORUM`. */
export function environmentNameOf(key: SettingKey): string {
  return environmentPrefix + flagOf(key).replaceAll('-', '_').toUpperCase();
}

/** Variables with the prefix that are no settings: the file to read, a run's mark on its nodes, where tests find histories. */
export const reservedEnvironmentNames: readonly string[] = ['SEAMPROOF_CONFIG', 'SEAMPROOF_RUN_ID', 'SEAMPROOF_CORPORA'];

/** Names in the environment that claim to be settings. */
export function claimedEnvironmentNames(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(environment).filter((name) => name.startsWith(environmentPrefix) && !reservedEnvironmentNames.includes(name));
}
