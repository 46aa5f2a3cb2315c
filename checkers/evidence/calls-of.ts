import type { Operation } from '../../harness/history/index.ts';
import { type Call, pairCalls } from './calls.ts';

/** The calls of some functions, by the object they concern; a history without keys has one object. */
export function callsByKey(history: readonly Operation[], functions: ReadonlySet<string>): ReadonlyMap<string, readonly Call[]> {
  const byKey = new Map<string, Call[]>();
  for (const call of pairCalls(history)) {
    if (!functions.has(call.invocation.f)) continue;
    const key = call.invocation.key ?? '';
    const calls = byKey.get(key);
    if (calls === undefined) byKey.set(key, [call]);
    else calls.push(call);
  }
  return byKey;
}

/** `of stock/mug`, or nothing where the history has no keys. */
export function ofKey(key: string): string {
  return key === '' ? '' : ` of ${key}`;
}

/** May it have taken effect? Only a `fail` says that it did not. */
export function mayHaveHappened({ completion }: Call): boolean {
  return completion?.type !== 'fail';
}
