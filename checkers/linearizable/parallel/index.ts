/**
 * The check with its keys spread over threads. Each key is an object of its own (linearizability is local: Herlihy and Wing 1990, §3.3), so that
 * the first key without an explanation decides, whatever the others would have said.
 *
 *     await checkLinearizableInParallel(history, { model: models['cas-register'], limits, workers: 4 })
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Operation } from '../../../harness/history/index.ts';
import { type Model, modelNamed } from '../../models/index.ts';
import { checkLinearizable } from '../check.ts';
import type { LinearizabilityOptions, LinearizabilityResult } from '../result.ts';
import type { FromWorker } from './protocol.ts';
import { type KeyWorker, spreadKeys } from './spread.ts';

/**
 * Most keys are decided faster than they are sent to another thread; only search makes threads worth it, and how much there is shows only by
 * doing it. So a check begins alone, for about as long as a history without much search takes.
 */
const aloneMs = 500;
const aloneMsPerOperation = 1.5e-3;
/** Shorter histories are begun alone also where threads were asked for. */
const manyOperations = 20_000;
const mostWorkers = 8;

export interface ParallelOptions<S> extends LinearizabilityOptions<S> {
  /** Threads at most. 1: none beside the caller's. Default: one for each processor, up to 8, once a check turns out to be long. */
  readonly workers?: number;
}

/** As `checkLinearizable`; where several keys violate the model, it is not said which of them is told of. */
export async function checkLinearizableInParallel<S>(
  operations: readonly Operation[],
  { workers: asked, ...options }: ParallelOptions<S>,
): Promise<LinearizabilityResult> {
  const workers = asked ?? defaultWorkers();
  if (workers < 2 || !isKeyed(options.model) || !hasSeveralKeys(operations)) return checkLinearizable(operations, options);
  const { limits } = options;
  if (asked === undefined || operations.length < manyOperations) {
    const timeMs = Math.min(aloneMs + aloneMsPerOperation * operations.length, limits.timeMs);
    const result = checkLinearizable(operations, { ...options, limits: { ...limits, timeMs } });
    if (result.reason?.kind !== 'time-limit' || timeMs === limits.timeMs) return result;
  }
  try {
    return (await spreadKeys(operations, options, workers, startWorker)) ?? checkLinearizable(operations, options);
  } catch (error) {
    // A value that can't be sent to another thread (a function, for example) can still be judged in this one.
    if (error instanceof DOMException && error.name === 'DataCloneError') return checkLinearizable(operations, options);
    throw error;
  }
}

function defaultWorkers(): number {
  return Math.min(availableParallelism(), mostWorkers);
}

/** A model of the caller's own can't be sent to a thread, and one that has all keys in one state has nothing to spread. */
function isKeyed<S>(model: Model<S>): boolean {
  const known: unknown = modelNamed(model.name);
  return known === model && model.partition === undefined;
}

function hasSeveralKeys(operations: readonly Operation[]): boolean {
  const first = operations.find(({ key }) => key !== undefined)?.key;
  return operations.some(({ key }) => key !== undefined && key !== first);
}

function startWorker(): KeyWorker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./keys-worker.${extension}`, import.meta.url));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(heard) {
      worker.on('message', (message: FromWorker) => heard(message));
      worker.on('error', (error: unknown) => heard({ kind: 'died', error: error instanceof Error ? error : new Error(String(error)) }));
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
