/** The thread that reads a history, judges it, and tells the story of a violation. Everything it says is a `CheckMessage`. */
import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import {
  allowedResults,
  checkLinearizableInParallel,
  type LinearizabilityOptions,
  type LinearizabilityResult,
  type Model,
  modelNamed,
} from '../../../checkers/index.ts';
import { type Story, tellStory } from '../../../reports/index.ts';
import { HistoryFormatError, type HistoryReading, looksIndependent, readHistory, splitIndependent } from '../../history/formats/index.ts';
import { NEMESIS, type Operation } from '../../history/index.ts';
import type { CheckQuestion, Partitioning } from './options.ts';
import type { CheckMessage, CheckRequest } from './protocol.ts';

/** To say what an impossible operation could have met may take so long, and no longer than the check itself was allowed. */
const explainMs = 5_000;
const reportEveryCharacters = 4_000_000;

const say = (message: CheckMessage): void => parentPort?.postMessage(message);

async function check(request: CheckRequest): Promise<void> {
  const startedAt = performance.now();
  const given = await readHistory(counted(request.file), request.format);
  const readMs = performance.now() - startedAt;
  const options = optionsFor(request.question);
  const partition = partitioningOf(request, given);
  const reading = partition === 'tuple' ? splitIndependent(given) : given;
  const { operations, lines } = request.onlyKnown ? onlyKnown(reading, options.model) : reading;
  say({ kind: 'checking', operations: operations.length });
  const checkingSince = performance.now();
  const result = await checkLinearizableInParallel(operations, { ...options, ...threadsOf(request.question) });
  const checkMs = performance.now() - checkingSince;
  const problemLine = result.reason?.kind === 'invalid-history' ? lines[result.reason.position] : undefined;
  const story = result.verdict === 'invalid' ? storyOf(result, operations, lines, options) : undefined;
  say({
    kind: 'done',
    format: reading.format,
    warnings: [...reading.warnings, ...(partition === 'tuple' && request.question.partition === undefined ? [tuplesFound] : [])],
    partition,
    result,
    ...(problemLine === undefined ? {} : { problemLine }),
    ...(story === undefined ? {} : { story }),
    readMs,
    checkMs,
  });
}

const tuplesFound =
  'Values are pairs [key value], as the reads show: each key was judged alone. --partition key takes the pairs for values.';

function partitioningOf({ question, onlyKnown: isRun }: CheckRequest, { operations }: HistoryReading): Partitioning {
  return question.partition ?? (!isRun && looksIndependent(operations) ? 'tuple' : 'key');
}

async function* counted(file: string): AsyncGenerator<string> {
  let characters = 0;
  let reported = 0;
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    characters += (chunk as string).length;
    if (characters - reported >= reportEveryCharacters) {
      reported = characters;
      say({ kind: 'reading', characters });
    }
    yield chunk as string;
  }
}

const threadsOf = ({ workers }: CheckQuestion) => (workers === undefined ? {} : { workers });

function optionsFor({
  model: name,
  partition,
  initial,
  nilReads,
  failedCas,
  timeMs,
  memoryBytes,
}: CheckQuestion): LinearizabilityOptions<unknown> {
  // One state for all keys is a model of its own where keys are part of the state.
  const model = modelNamed(partition === 'none' && name === 'key-value' ? 'key-value-store' : name);
  if (model === undefined) throw new Error(`no model is called ${name}`);
  return {
    model: partition === 'none' ? { ...model, partition: () => undefined } : model,
    ...(initial === undefined ? {} : { initial }),
    nilReads,
    failedCas,
    limits: { timeMs, memoryBytes },
  };
}

type Located = Pick<HistoryReading, 'operations' | 'lines'>;

function onlyKnown({ operations, lines }: Located, { functions }: Model<unknown>): Located {
  const positions = [...operations.keys()].filter((position) => {
    const { process, key, f } = operations[position] as Operation;
    return process !== NEMESIS && key !== undefined && functions.includes(f);
  });
  return {
    operations: positions.map((position) => operations[position] as Operation),
    lines: positions.map((position) => lines[position] as number),
  };
}

function storyOf(
  result: LinearizabilityResult,
  operations: readonly Operation[],
  lines: readonly number[],
  options: LinearizabilityOptions<unknown>,
): Story | undefined {
  const { firstImpossible, minimal, longestPartials = [] } = result;
  if (firstImpossible === undefined) return undefined;
  say({ kind: 'explaining' });
  const allowed = allowedResults(
    operations,
    { ...options, limits: { ...options.limits, timeMs: Math.min(explainMs, options.limits.timeMs) } },
    result,
  );
  const ids = (calls: readonly { readonly invocation: number }[]): readonly number[] => calls.map(({ invocation }) => invocation);
  return tellStory(
    {
      impossible: firstImpossible.invocation,
      core: ids(minimal?.core ?? []),
      context: ids(minimal?.context ?? []),
      minimal: minimal?.verified ?? false,
      statesBefore: minimal?.before ?? [],
      orders: longestPartials.map(({ calls, state }) => ({ calls: ids(calls), state })),
      ...(allowed === undefined ? {} : { allowed }),
    },
    operations,
    // Readers give operations without a time their position for one.
    { lineOf: (position) => lines[position], timed: operations.some(({ time }, position) => time !== position) },
  );
}

try {
  await check(workerData as CheckRequest);
} catch (error) {
  if (error instanceof HistoryFormatError) say({ kind: 'malformed', line: error.line, message: error.message.replace(/^Line \d+: /, '') });
  else if (error instanceof Error && 'code' in error && 'syscall' in error) say({ kind: 'unreadable', message: error.message });
  else throw error;
}
