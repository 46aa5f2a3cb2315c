/**
 * A second oracle, for histories too long for brute force: forward over the events, with every set of linearized open calls kept and
 * nothing left out. It has none of the engine's reductions and shares nothing with it but the models.
 */
import type { Operation } from '../../../harness/history/index.ts';
import { type Call, type Model, REJECTED, UNKNOWN_OUTPUT } from '../../models/index.ts';

interface OpenCall {
  readonly id: number;
  readonly call: Call;
}

/** Only for histories of one partition, with all times different. */
export function plainSearch<S>(operations: readonly Operation[], model: Model<S>, initial?: unknown): boolean {
  const open = new Map<number, OpenCall>();
  const byProcess = new Map<Operation['process'], number>();
  const ends = endings(operations);
  let configurations = new Map<string, { readonly state: S; readonly done: readonly number[] }>();
  configurations.set('', { state: model.init(initial), done: [] });

  for (const [position, operation] of operations.entries()) {
    if (operation.type === 'invoke') {
      const end = ends.get(position);
      if (end?.type === 'fail') continue;
      const output = end?.type === 'ok' ? end.value : UNKNOWN_OUTPUT;
      open.set(position, { id: position, call: { f: operation.f, input: operation.value, output } });
      byProcess.set(operation.process, position);
      continue;
    }
    const returning = byProcess.get(operation.process);
    if (operation.type !== 'ok' || returning === undefined) continue;
    const survivors: typeof configurations = new Map();
    const seen = new Set<string>();
    const queue = [...configurations.values()];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { state, done } = next;
      const name = JSON.stringify([model.canonical(state), done]);
      if (seen.has(name)) continue;
      seen.add(name);
      if (done.includes(returning)) {
        const left = done.filter((id) => id !== returning);
        survivors.set(JSON.stringify([model.canonical(state), left]), { state, done: left });
        continue;
      }
      for (const { id, call } of open.values()) {
        if (done.includes(id)) continue;
        const after = model.step(state, call);
        if (after !== REJECTED) queue.push({ state: after, done: [...done, id].sort((a, b) => a - b) });
      }
    }
    if (survivors.size === 0) return false;
    open.delete(returning);
    configurations = survivors;
  }
  return true;
}

/** Position of an invocation → its completion. */
function endings(operations: readonly Operation[]): Map<number, Operation> {
  const found = new Map<number, Operation>();
  const last = new Map<Operation['process'], number>();
  for (const [position, operation] of operations.entries()) {
    if (operation.type === 'invoke') last.set(operation.process, position);
    else found.set(last.get(operation.process) ?? -1, operation);
  }
  return found;
}
