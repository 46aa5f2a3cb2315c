import { describe, expect, it } from 'vitest';
import { type CallEnding, type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

function breakerAt(time: { nowMs: number }): { breaker: CircuitBreaker; changes: string[] } {
  const changes: string[] = [];
  const options = { windowMs: 1_000, callsMin: 4, failureShare: 0.5, openMs: 500, probes: 2 };
  const breaker = createCircuitBreaker(options, { monotonicMs: () => time.nowMs, wallMs: () => 0 }, (from, to) =>
    changes.push(`${from} → ${to}`),
  );
  return { breaker, changes };
}

function calls(breaker: CircuitBreaker, ...endings: CallEnding[]): void {
  for (const ending of endings) breaker.tryCall()?.(ending);
}

describe('the circuit breaker', () => {
  it('opens when enough calls ended and the share of failures is reached', () => {
    const { breaker } = breakerAt({ nowMs: 0 });
    calls(breaker, 'failure', 'failure', 'failure');
    expect(breaker.state()).toBe('closed');
    calls(breaker, 'success');
    expect(breaker.state()).toBe('open');
    expect(breaker.tryCall()).toBeUndefined();
  });

  it('stays closed below the share, and forgets what is older than the window', () => {
    const time = { nowMs: 0 };
    const { breaker } = breakerAt(time);
    calls(breaker, 'success', 'success', 'success', 'failure', 'failure');
    expect(breaker.state()).toBe('closed');
    time.nowMs = 1_000;
    calls(breaker, 'success', 'success', 'success', 'failure');
    expect(breaker.state()).toBe('closed');
    calls(breaker, 'failure', 'failure');
    expect(breaker.state()).toBe('open');
  });

  it('learns nothing from calls whose caller gave up', () => {
    const { breaker } = breakerAt({ nowMs: 0 });
    calls(breaker, 'failure', 'failure', 'failure', 'neither');
    expect(breaker.state()).toBe('closed');
  });

  it('lets only the probes through once its time is over, and closes when all succeed', () => {
    const time = { nowMs: 0 };
    const { breaker, changes } = breakerAt(time);
    calls(breaker, 'failure', 'failure', 'failure', 'failure');
    time.nowMs = 499;
    expect(breaker.tryCall()).toBeUndefined();
    time.nowMs = 500;
    const [first, second, third] = [breaker.tryCall(), breaker.tryCall(), breaker.tryCall()];
    expect(third).toBeUndefined();
    first?.('success');
    expect(breaker.state()).toBe('half-open');
    expect(breaker.tryCall()).toBeUndefined();
    second?.('success');
    expect(breaker.state()).toBe('closed');
    expect(changes).toEqual(['closed → open', 'open → half-open', 'half-open → closed']);
    calls(breaker, 'failure', 'failure', 'failure');
    expect(breaker.state()).toBe('closed');
  });

  it('opens again for its full time when a probe fails', () => {
    const time = { nowMs: 0 };
    const { breaker } = breakerAt(time);
    calls(breaker, 'failure', 'failure', 'failure', 'failure');
    time.nowMs = 600;
    calls(breaker, 'failure');
    time.nowMs = 1_099;
    expect(breaker.tryCall()).toBeUndefined();
    time.nowMs = 1_100;
    calls(breaker, 'success', 'success');
    expect(breaker.state()).toBe('closed');
  });

  it('gives the place of a probe that taught nothing to another', () => {
    const time = { nowMs: 0 };
    const { breaker } = breakerAt(time);
    calls(breaker, 'failure', 'failure', 'failure', 'failure');
    time.nowMs = 500;
    calls(breaker, 'neither', 'neither', 'neither', 'success', 'success');
    expect(breaker.state()).toBe('closed');
  });

  it('ignores failures of calls that began before it opened and end after it closed again', () => {
    const time = { nowMs: 0 };
    const { breaker } = breakerAt(time);
    const old = Array.from({ length: 4 }, () => breaker.tryCall());
    calls(breaker, 'failure', 'failure', 'failure', 'failure');
    time.nowMs = 500;
    calls(breaker, 'success', 'success');
    for (const end of old) end?.('failure');
    expect(breaker.state()).toBe('closed');
  });

  it('ignores the ending of calls from before a change, and a second ending', () => {
    const time = { nowMs: 0 };
    const { breaker } = breakerAt(time);
    const old = [breaker.tryCall(), breaker.tryCall()];
    calls(breaker, 'failure', 'failure', 'failure', 'failure');
    time.nowMs = 500;
    const probe = breaker.tryCall();
    for (const end of old) end?.('failure');
    expect(breaker.state()).toBe('half-open');
    probe?.('success');
    probe?.('success');
    expect(breaker.state()).toBe('half-open');
  });
});
