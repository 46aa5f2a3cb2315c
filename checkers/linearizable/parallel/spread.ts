/** Judges shards in threads, one each, and puts one answer together. */
import type { Operation } from '../../../harness/history/index.ts';
import { type HistoryProblem, pairCalls } from '../calls.ts';
import { type Examined, explained, notAHistory, nothingExamined, unknown, vacuous } from '../check.ts';
import type { LinearizabilityOptions, LinearizabilityResult, UnknownReason } from '../result.ts';
import type { FromWorker, ShardQuestion, ToWorker } from './protocol.ts';
import { buffersOf, dealKeys } from './shards.ts';

/** A thread, as far as it matters here. */
export interface KeyWorker {
  post(message: ToWorker, transfer: readonly ArrayBuffer[]): void;
  listen(heard: (message: FromWorker | Died) => void): void;
  stop(): Promise<void>;
}

export interface Died {
  readonly kind: 'died';
  readonly error: Error;
}

/** `undefined`: there is nothing to spread, since all of it is on one key. */
export async function spreadKeys<S>(
  operations: readonly Operation[],
  options: LinearizabilityOptions<S>,
  workers: number,
  startWorker: () => KeyWorker,
): Promise<LinearizabilityResult | undefined> {
  const { model, limits, ...rest } = options;
  const deadline = Date.now() + limits.timeMs;
  const paired = pairCalls(operations);
  if ('problem' in paired) return notAHistory(paired.problem);
  const shards = dealKeys(operations, paired.calls, workers);
  if (shards.length < 2) return undefined;
  const question: ShardQuestion = { ...rest, limits, model: model.name };
  const heldKilobytes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * shards.length));
  const shared = { deadline, memoryBytes: limits.memoryBytes, heldKilobytes };
  const threads = shards.map(startWorker);
  try {
    return await new Promise((resolve, reject) => {
      const gathering = gather(threads, limits.memoryBytes, resolve);
      for (const [slot, shard] of shards.entries()) {
        const thread = threads[slot] as KeyWorker;
        thread.listen((message) => {
          if (message.kind === 'died' && !isOutOfMemory(message.error)) reject(message.error);
          else gathering(slot, message);
        });
        thread.post({ kind: 'shard', shard, question, shared, slot }, buffersOf(shard));
      }
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
  }
}

function isOutOfMemory(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Hears all threads out about what is in their shards, has them judged, and settles at the first violation or at the last answer. */
function gather(
  threads: readonly KeyWorker[],
  memoryBytes: number,
  settle: (result: LinearizabilityResult) => void,
): (slot: number, message: FromWorker | Died) => void {
  const cuts = new Map<number, Examined>();
  const problems: HistoryProblem[] = [];
  let toCut = threads.length;
  let toJudge = 0;
  let configurations = 0;
  let exhausted: UnknownReason | undefined;

  const examined = (): Examined => ({ ...[...cuts.values()].reduce(sum, nothingExamined), configurations });
  const beginJudging = (): void => {
    const [first] = problems.sort((a, b) => a.position - b.position);
    if (first !== undefined) {
      settle(notAHistory(first));
      return;
    }
    toJudge = cuts.size;
    for (const slot of cuts.keys()) threads[slot]?.post({ kind: 'judge' }, []);
    if (toJudge === 0) end();
  };
  const end = (): void => {
    const all = examined();
    if (exhausted !== undefined) settle(unknown(exhausted, all));
    else settle(all.constraining === 0 ? vacuous(all) : explained(all));
  };
  return (slot, message) => {
    switch (message.kind) {
      case 'cut':
        cuts.set(slot, message.examined);
        break;
      case 'problem':
        problems.push(message.problem);
        break;
      case 'died':
        exhausted ??= {
          kind: 'memory-limit',
          message: `Undecided within ${memoryBytes} bytes, the memory limit: a thread ran out of memory.`,
        };
        break;
      case 'judged': {
        const { verdict, reason, examined: own } = message.result;
        configurations += own.configurations;
        if (verdict === 'invalid') {
          settle({ ...message.result, examined: examined() });
          return;
        }
        if (reason !== undefined && reason.kind !== 'vacuous') exhausted ??= reason;
        break;
      }
      default:
        message satisfies never;
    }
    if (toCut > 0) {
      toCut -= 1;
      if (toCut === 0) beginJudging();
    } else {
      toJudge -= 1;
      if (toJudge === 0) end();
    }
  };
}

function sum(a: Examined, b: Examined): Examined {
  return {
    operations: a.operations + b.operations,
    ok: a.ok + b.ok,
    fail: a.fail + b.fail,
    info: a.info + b.info,
    constraining: a.constraining + b.constraining,
    partitions: a.partitions + b.partitions,
    configurations: a.configurations + b.configurations,
    // Of one search, as where all keys are judged by one thread.
    mostHeld: Math.max(a.mostHeld, b.mostHeld),
  };
}
