/**
 * When a customer would have noticed: the first call that was not served, or that took longer than any of its kind took in the clean windows. (Of the
 * latter the moment at which it had.)
 */
import type { Operation, RunWindow } from '../../harness/history/index.ts';
import { wasServed } from '../availability.ts';
import { type Call, pairCalls } from '../evidence/index.ts';
import { intendedAt } from '../latency.ts';
import { cleanWindows } from './alarm.ts';

/** Sorted, nanoseconds. */
export function noticedAt(history: readonly Operation[], windows: readonly RunWindow[]): readonly number[] {
  const calls = pairCalls(history);
  const clean = cleanWindows(windows);
  const longest = new Map<string, number>();
  for (const call of calls) {
    const { invocation, completion } = call;
    const at = intendedAt(call);
    if (completion?.type !== 'ok' || !clean.some(({ from, to }) => at >= from && completion.time < to)) continue;
    longest.set(invocation.f, Math.max(longest.get(invocation.f) ?? 0, completion.time - at));
  }
  return calls.flatMap((call) => momentsOf(call, longest.get(call.invocation.f))).sort((a, b) => a - b);
}

function momentsOf(call: Call, longest: number | undefined): readonly number[] {
  const tooLongAt = longest === undefined ? Number.POSITIVE_INFINITY : intendedAt(call) + longest;
  const endedAt = call.completion?.time ?? Number.POSITIVE_INFINITY;
  if (endedAt > tooLongAt) return [tooLongAt];
  return wasServed(call) || !Number.isFinite(endedAt) ? [] : [endedAt];
}
