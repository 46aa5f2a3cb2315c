/** The side of the thread: takes a shard, says what is in it, and judges it when asked to. */
import { modelNamed } from '../../models/index.ts';
import { sharedBudget } from '../budget.ts';
import { count, judge, prepare, vacuous } from '../check.ts';
import type { LinearizabilityOptions } from '../result.ts';
import type { FromWorker, ShardRequest, ToWorker } from './protocol.ts';
import { operationsOf } from './shards.ts';

/** Returns what to do with each message. */
export function serveShard(say: (message: FromWorker) => void): (message: ToWorker) => void {
  let judgeNow: (() => FromWorker) | undefined;
  return (message) => {
    if (message.kind === 'shard') {
      const cut = cutShard(message);
      judgeNow = cut.judge;
      say(cut.answer);
    } else if (judgeNow !== undefined) say(judgeNow());
  };
}

function cutShard({ shard, question, shared, slot }: ShardRequest): { readonly answer: FromWorker; readonly judge?: () => FromWorker } {
  const model = modelNamed(question.model);
  if (model === undefined) throw new Error(`no model is called ${question.model}`);
  const options: LinearizabilityOptions<unknown> = { ...question, model };
  const history = prepare([...operationsOf(shard)], options);
  if ('problem' in history) {
    const { problem } = history;
    return { answer: { kind: 'problem', problem: { ...problem, position: shard.positions[problem.position] as number } } };
  }
  const examined = count(history);
  return {
    answer: { kind: 'cut', examined },
    judge: () => ({
      kind: 'judged',
      result: examined.constraining === 0 ? vacuous(examined) : judge(history, options, sharedBudget(shared, slot)),
    }),
  };
}
