import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchForCrashes } from './crash.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched({ ownsNodes }: { readonly ownsNodes: boolean }) {
  const source = new EventEmitter();
  const calls: string[] = [];
  const watch = watchForCrashes({
    source,
    explain: ({ message }) => {
      calls.push(`explain ${message}`);
      return 70;
    },
    ownsNodes: () => ownsNodes,
    heal: ({ message }) => calls.push(`heal ${message}`),
    healDeadlineMs: 30_000,
    onHealingTooSlow: () => calls.push('too slow'),
    exit: (exitCode) => calls.push(`exit ${exitCode}`),
  });
  return { source, calls, watch };
}

describe('an exception that nobody caught', () => {
  it('ends a command without nodes at once', () => {
    const { source, calls, watch } = watched({ ownsNodes: false });
    source.emit('uncaughtException', new Error('one'));
    expect(calls).toEqual(['explain one', 'exit 70']);
    expect(watch.crashed()).toBe(false);
  });

  it('has a run heal, and a second one is said but does not cut the healing short', () => {
    const { source, calls, watch } = watched({ ownsNodes: true });
    source.emit('uncaughtException', new Error('one'));
    source.emit('uncaughtException', new Error('two'));
    vi.advanceTimersByTime(29_999);
    expect(calls).toEqual(['explain one', 'heal one', 'explain two']);
    expect(watch.crashed()).toBe(true);
  });

  it('gives healing its time, counted from the first, and leaves when that is over', () => {
    const { source, calls } = watched({ ownsNodes: true });
    source.emit('uncaughtException', new Error('one'));
    vi.advanceTimersByTime(20_000);
    source.emit('uncaughtException', new Error('two'));
    vi.advanceTimersByTime(10_000);
    expect(calls.slice(-2)).toEqual(['too slow', 'exit 70']);
  });

  it('is listened for no longer once stopped, and what was to come after healing does not come', () => {
    const { source, calls, watch } = watched({ ownsNodes: true });
    source.emit('uncaughtException', new Error('one'));
    watch.stop();
    vi.advanceTimersByTime(60_000);
    expect(source.listenerCount('uncaughtException')).toBe(0);
    expect(calls).toEqual(['explain one', 'heal one']);
  });
});
