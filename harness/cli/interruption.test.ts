import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Interrupted, watchForInterruption } from './interruption.ts';

function watched() {
  const source = new EventEmitter();
  const clock = { ms: 1_000 };
  const calls: string[] = [];
  const interruption = watchForInterruption({
    source,
    nowMs: () => clock.ms,
    onFirst: ({ signalName }) => calls.push(`first ${signalName}`),
    onSecond: ({ signalName, exitCode }) => calls.push(`second ${signalName} ${exitCode}`),
  });
  return { source, clock, calls, interruption };
}

describe('an interruption', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s aborts the run and leaves with %d', (name, exitCode) => {
    const { source, calls, interruption } = watched();
    expect(interruption.signal.aborted).toBe(false);
    source.emit(name);
    expect(calls).toEqual([`first ${name}`]);
    expect(interruption.signal.reason).toBeInstanceOf(Interrupted);
    expect((interruption.signal.reason as Interrupted).exitCode).toBe(exitCode);
  });

  it('asked for twice leaves at once', () => {
    const { source, clock, calls } = watched();
    source.emit('SIGINT');
    clock.ms += 600;
    source.emit('SIGINT');
    expect(calls).toEqual(['first SIGINT', 'second SIGINT 130']);
  });

  it('that npx echoes is still one wish', () => {
    const { source, clock, calls } = watched();
    source.emit('SIGINT');
    clock.ms += 20;
    source.emit('SIGINT');
    source.emit('SIGTERM');
    expect(calls).toEqual(['first SIGINT']);
  });

  it('keeps its first reason', () => {
    const { source, interruption } = watched();
    source.emit('SIGTERM');
    interruption.abort(new Error('later'));
    expect((interruption.signal.reason as Interrupted).signalName).toBe('SIGTERM');
  });

  it('is listened for no longer once stopped', () => {
    const { source, interruption } = watched();
    interruption.stop();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
  });
});
