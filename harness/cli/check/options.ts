/** The flags of `harness check`, read and validated before a file is touched. */
import { type ModelName, modelNamed, models } from '../../../checkers/index.ts';
import { parseDurationMs, suggest, UsageError } from '../../config/index.ts';
import type { HistoryFormat } from '../../history/formats/index.ts';
import type { Arguments, Flag } from '../command.ts';

export const formats = ['jsonl', 'edn', 'jepsen-log'] as const satisfies readonly HistoryFormat[];
export const modelNames = Object.keys(models) as readonly ModelName[];

export const partitionings = ['key', 'tuple', 'none'] as const;
export type Partitioning = (typeof partitionings)[number];

/** What is asked of a history, plain enough to be sent to another thread. */
export interface CheckQuestion {
  readonly model: ModelName;
  readonly initial?: unknown;
  readonly nilReads: 'any' | 'value';
  readonly failedCas: 'ignore' | 'observe';
  /** Absent: by key, and where values are pairs of a key and a value, by those. */
  readonly partition?: Partitioning;
  readonly timeMs: number;
  readonly memoryBytes: number;
  /** Threads that keys are spread over. Absent: as many as there are processors, once a check turns out to be long. */
  readonly workers?: number;
}

export interface CheckOptions {
  /** Absent: the file's beginning tells. */
  readonly format?: HistoryFormat;
  /** `false`: the model was not asked for by name, so a run's own workload may choose it. */
  readonly modelChosen: boolean;
  readonly question: CheckQuestion;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly htmlFile?: string;
}

export const checkDefaults = {
  model: 'cas-register',
  nilReads: 'value',
  failedCas: 'ignore',
  timeLimit: '60s',
  memoryLimit: '1GB',
} as const;

export const checkFlags: readonly Flag[] = [
  {
    name: 'model',
    group: 'Question',
    kind: 'value',
    placeholder: 'name',
    description: `What the operations are judged by: ${modelNames.join(', ')}`,
    defaultText: `${checkDefaults.model}, or that of the run’s workload`,
  },
  {
    name: 'initial',
    group: 'Question',
    kind: 'value',
    placeholder: 'json',
    description: 'State before the first operation, for example 0 or {"x":0,"y":0}',
    defaultText: 'the model’s own',
  },
  {
    name: 'nil-reads',
    group: 'Question',
    kind: 'value',
    placeholder: 'any|value',
    description: 'A read that returned null: found nothing there (value), or saw nothing (any)',
    defaultText: checkDefaults.nilReads,
  },
  {
    name: 'failed-cas',
    group: 'Question',
    kind: 'value',
    placeholder: 'ignore|observe',
    description: 'A compare-and-set that failed: never happened (ignore), or found another value (observe)',
    defaultText: checkDefaults.failedCas,
  },
  {
    name: 'partition',
    group: 'Question',
    kind: 'value',
    placeholder: 'key|tuple|none',
    description:
      'Each key is an object of its own (key), keys stand in values as [key value] (tuple), or all operations concern one (none)',
    defaultText: 'key, or tuple where the reads show it',
  },
  {
    name: 'format',
    group: 'Input',
    kind: 'value',
    placeholder: 'name',
    description: `One of ${formats.join(', ')}`,
    defaultText: 'told from its beginning',
  },
  {
    name: 'time-limit',
    group: 'Limits',
    kind: 'value',
    placeholder: 'duration',
    description: 'Past it the verdict is unknown',
    defaultText: checkDefaults.timeLimit,
  },
  {
    name: 'memory-limit',
    group: 'Limits',
    kind: 'value',
    placeholder: 'size',
    description: 'What the search may hold; past it the verdict is unknown',
    defaultText: checkDefaults.memoryLimit,
  },
  {
    name: 'workers',
    group: 'Limits',
    kind: 'value',
    placeholder: 'n',
    description: 'Threads that the keys of a long check are spread over; 1: none',
    defaultText: 'one for each processor, at most 8, once a check turns out to be long',
  },
  { name: 'json', group: 'Results', kind: 'switch', description: 'Print one JSON object' },
  {
    name: 'html',
    group: 'Results',
    kind: 'value',
    placeholder: 'file',
    description: 'Write the verdict and a picture of the violation as one HTML file',
  },
  { name: 'quiet', group: 'Results', kind: 'switch', description: 'Only the verdict’s sentence, and no progress' },
];

export function readCheckOptions(args: Arguments): CheckOptions {
  const model = textOf(args, 'model');
  const format = textOf(args, 'format');
  const initial = textOf(args, 'initial');
  const htmlFile = textOf(args, 'html');
  const partition = textOf(args, 'partition');
  const workers = textOf(args, 'workers');
  return {
    ...(format === undefined ? {} : { format: oneOf('format', format, formats) }),
    modelChosen: model !== undefined,
    question: {
      model: chosenModel(model ?? checkDefaults.model),
      ...(initial === undefined ? {} : { initial: jsonOf(initial) }),
      nilReads: oneOf('nil-reads', textOf(args, 'nil-reads') ?? checkDefaults.nilReads, ['any', 'value']),
      failedCas: oneOf('failed-cas', textOf(args, 'failed-cas') ?? checkDefaults.failedCas, ['ignore', 'observe']),
      ...(partition === undefined ? {} : { partition: oneOf('partition', partition, partitionings) }),
      timeMs: durationOf(textOf(args, 'time-limit') ?? checkDefaults.timeLimit),
      memoryBytes: bytesOf(textOf(args, 'memory-limit') ?? checkDefaults.memoryLimit),
      ...(workers === undefined ? {} : { workers: workersOf(workers) }),
    },
    json: args['json'] === true,
    quiet: args['quiet'] === true,
    ...(htmlFile === undefined ? {} : { htmlFile }),
  };
}

function textOf(args: Arguments, name: string): string | undefined {
  const value = args[name];
  if (Array.isArray(value))
    throw new UsageError({ code: 'given-twice', happened: `--${name} was given ${value.length} times`, expected: 'one value' });
  return typeof value === 'string' ? value : undefined;
}

function chosenModel(name: string): ModelName {
  if (modelNamed(name) !== undefined) return name as ModelName;
  const meant = suggest(name, modelNames);
  throw new UsageError({
    code: 'unknown-name',
    happened: `there is no model ${JSON.stringify(name)}`,
    expected: `one of ${modelNames.join(', ')}`,
    ...(meant === undefined ? {} : { advice: `--model ${meant}` }),
  });
}

function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError({
    code: 'invalid-value',
    happened: `--${flag} is ${JSON.stringify(value)}`,
    expected: `one of ${allowed.join(', ')}`,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UsageError(
      {
        code: 'invalid-value',
        happened: `--initial is ${JSON.stringify(text)}`,
        expected: 'JSON, for example 0, null, \'"a"\' or \'{"x":0}\'',
      },
      { cause },
    );
  }
}

function durationOf(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  throw new UsageError({
    code: 'invalid-value',
    happened: `--time-limit is ${JSON.stringify(text)}`,
    expected: 'a duration such as 60, 60s, 5m or 1500ms',
  });
}

const bytesPerUnit: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 };

function bytesOf(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]i?b|b)$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(amount) * (bytesPerUnit[unit.toUpperCase()] ?? 0));
  if (bytes >= 1) return bytes;
  throw new UsageError({
    code: 'invalid-value',
    happened: `--memory-limit is ${JSON.stringify(text)}`,
    expected: 'a size such as 512MB, 1GB or 2GiB',
  });
}

const mostWorkers = 64;

function workersOf(text: string): number {
  const workers = /^\d+$/.test(text) ? Number(text) : 0;
  if (workers >= 1 && workers <= mostWorkers) return workers;
  throw new UsageError({
    code: 'invalid-value',
    happened: `--workers is ${JSON.stringify(text)}`,
    expected: `a whole number from 1 to ${mostWorkers}`,
  });
}
