import { describe, expect, it } from 'vitest';
import type { RetryStormFacts } from '../../harness/history/index.ts';
import { composeVerdict } from '../compose.ts';
import { clausesOf, noLimits } from '../test-support/evidence.ts';
import {
  loadTo,
  outsideStall,
  type StormPlan,
  second,
  stallFrom,
  stallTo,
  stormFacts,
  stormFault,
  stormRun,
  stormTraffic,
} from '../test-support/storm.ts';
import { longestRecoveryMs } from './facts.ts';
import { boundedRetries, checkBoundedRetries } from './index.ts';

const millisecond = 1e6;
const judge = (plan: StormPlan = {}, facts: Partial<RetryStormFacts> = {}) =>
  checkBoundedRetries({ ...stormRun(plan), faults: [stormFault(facts)] });
const spread = (operation: number): number => (37 + ((operation * 7919) % 400)) * millisecond;

describe('bounded-retries, a storm as it should be', () => {
  it('is valid when retries stayed within the budget and goodput came back', () => {
    const result = judge();
    expect(result).toMatchObject({ verdict: 'valid', examined: { storms: 1, retries: 20, stormsBounded: 1, stormsRecovered: 1 } });
    expect(result.evidence[0]).toMatchObject({ kind: 'proof', data: { bounded: 'valid', recovered: 'valid', mostAttempts: 2, waves: 0 } });
  });

  it('measures what the storm did: calls for each operation, peaks, recovery', () => {
    const figures = judge().evidence[0]?.data;
    expect(figures?.['amplification']).toBeCloseTo(220 / 200, 1);
    expect(figures?.['baselinePerSecond']).toBeCloseTo(50, 0);
    expect(figures?.['recoveryMs']).toBe(0);
    expect(figures?.['longestRecoveryMs']).toBeCloseTo((2 * 2000 * 61) / 39 + 1500, 6);
  });

  it('is valid when a later round of asking makes attempts of its own within the budget', () => {
    const retry = (attempt: number, operation: number) => (attempt < 5 && operation % 25 === 0 ? spread(operation) : undefined);
    const record = (attempt: number) => ({ attempt: ((attempt - 1) % 3) + 1, round: Math.floor((attempt - 1) / 3) });
    expect(judge({ retry, record })).toMatchObject({ verdict: 'valid', evidence: [{ data: { mostAttempts: 3 } }] });
  });

  it('takes a successor that asks again after a takeover for a first asking, not for a retry', () => {
    const traffic = stormTraffic();
    const inFlight = traffic.filter(({ forwardedAt = 0 }) => forwardedAt >= stallFrom && forwardedAt < stallTo);
    const again = inFlight.map((record, at) => ({
      ...record,
      id: traffic.length + at,
      from: 'order-2',
      fencingToken: 2,
      attempt: 1,
      receivedAt: stallTo + at * 10 * millisecond,
    }));
    expect(checkBoundedRetries({ ...stormRun(), traffic: [...traffic, ...again] }).verdict).toBe('valid');
  });

  it("counts no copy that a fault delivered as an attempt of the caller's", () => {
    const traffic = stormTraffic();
    const copies = traffic.flatMap((record) => Array.from({ length: 4 }, () => ({ ...record, faults: ['duplicated', 'copy'] })));
    expect(checkBoundedRetries({ ...stormRun(), traffic: [...traffic, ...copies] }).verdict).toBe('valid');
  });
});

describe('bounded-retries, bounded', () => {
  it('D1 is violated by one attempt too many of one asking', () => {
    const retry = (attempt: number, operation: number) => (operation === 600 && attempt < 4 ? 100 * millisecond : undefined);
    const result = judge({ retry });
    expect(clausesOf(result)).toEqual(['D1-attempts']);
    expect(result.evidence[0]).toMatchObject({ data: { operation: 'o600 capture', attempt: 4, attemptsMax: 3 } });
    expect(result.evidence[0]?.traffic).toHaveLength(1);
  });

  it('D2 is violated when a window holds more retries than its first attempts and the floor allow', () => {
    const everySecond = (attempt: number, operation: number) => (attempt === 1 && operation % 2 === 0 ? spread(operation) : undefined);
    expect(judge({ retry: everySecond }, { budgetShare: 0.2 }).verdict).toBe('valid');
    const all = (attempt: number, operation: number) => (attempt < 3 ? spread(operation) : undefined);
    const result = judge({ retry: all });
    expect(clausesOf(result)).toContain('D2-budget');
    expect(result.evidence[0]?.data).toMatchObject({ storm: 'retry-storm-1', firsts: expect.any(Number) as number });
  });

  it('D2 allows exactly β·F + n·m·τ + 1', () => {
    const outside = { budgetShare: 0, clientProcesses: 1, budgetFloorPerSecond: 2 };
    const first = (count: number) => (attempt: number, operation: number) =>
      attempt === 1 && operation >= 600 && operation < 600 + count ? spread(operation) : undefined;
    const clauses = (count: number) => clausesOf(judge({ retry: first(count) }, outside));
    expect(clauses(21)).toEqual([]);
    expect(clauses(22)).toEqual(['D2-budget', 'D3-end-to-end']);
  });

  it('D3 is violated by layers that multiply, though every call says that it is the first', () => {
    const retry = (attempt: number, operation: number) => (attempt < 9 ? spread(operation) : undefined);
    expect(clausesOf(judge({ retry, record: () => ({ attempt: 1, round: 0 }) }))).toEqual(['D3-end-to-end']);
  });

  it('D3 sees through a new key for every attempt', () => {
    const retry = (attempt: number, operation: number) => (attempt < 9 ? spread(operation) : undefined);
    const record = (attempt: number, operation: number) => ({ attempt: 1, idempotencyKey: `fresh-${operation}-${attempt}` });
    expect(clausesOf(judge({ retry, record }))).toEqual(['D3-end-to-end']);
  });

  it('D4 is violated when calls exceed the capacity after the grace, but not within it', () => {
    const traffic = stormTraffic();
    const burst = (from: number) =>
      traffic
        .filter(({ forwardedAt = 0 }) => forwardedAt >= from && forwardedAt < from + 20 * second)
        .flatMap((record) =>
          [1, 2].map((copy) => ({
            ...record,
            idempotencyKey: `${record.idempotencyKey}-${copy}`,
            path: `${record.path}-${copy}/x`,
            fencingToken: copy,
          })),
        );
    const run = (from: number, capacityPerSecond: number) =>
      checkBoundedRetries({ ...stormRun(), faults: [stormFault({ capacityPerSecond })], traffic: [...traffic, ...burst(from)] });
    expect(clausesOf(run(40 * second, 100))).toEqual(['D4-capacity']);
    expect(run(40 * second, 149).verdict).toBe('valid');
  });

  it('D7 is violated when calls that failed in one instant come back after the same wait', () => {
    const failTogether = (attempt: number) => (attempt === 1 ? { endedAt: 14.5 * second } : {});
    const together = (at: number) => at >= 14 * second && at < 14.5 * second;
    const run = (wait: (operation: number) => number) => {
      const traffic = stormTraffic({ retry: () => undefined }).map((record) =>
        together(record.receivedAt) ? { ...record, ...failTogether(1) } : record,
      );
      const failed = traffic.filter(({ receivedAt }) => together(receivedAt));
      const again = failed.map((record, at) => ({
        ...record,
        id: traffic.length + at,
        attempt: 2,
        receivedAt: 14.5 * second + wait(at),
        endedAt: 15.5 * second,
      }));
      return checkBoundedRetries({ ...stormRun(), traffic: [...traffic, ...again] });
    };
    const same = run((at) => (50 + (at % 5)) * millisecond);
    expect(clausesOf(same)).toEqual(['D7-jitter']);
    expect(same.summary).toContain('failed together came back together');
    const fullJitter = run((at) => (1 + ((at * 7919) % 50)) * millisecond);
    expect(fullJitter).toMatchObject({ verdict: 'valid', evidence: [{ data: { waves: 1 } }] });
  });
});

describe('bounded-retries, recovered', () => {
  const neverBack = (at: number) => at < stallFrom;
  const half = (at: number) => outsideStall(at) && (at < stallFrom || Math.floor(at / (second / 50)) % 2 === 0);

  it('D5 and D6 are violated when goodput stays down though as much is asked', () => {
    const result = judge({ answers: half, retry: () => undefined });
    expect(clausesOf(result)).toEqual(['D5-recovery', 'D6-metastable']);
    expect(result.evidence.at(-1)?.data).toMatchObject({ bounded: 'unknown', recovered: 'invalid' });
  });

  it('D5 alone is violated when nothing is asked any more: a breaker that never closes', () => {
    expect(clausesOf(judge({ sends: (at) => at < stallTo, answers: outsideStall }))).toEqual(['D5-recovery']);
  });

  it('is told apart from bounded: either can hold without the other', () => {
    const stuck = judge({ answers: neverBack }).evidence.at(-1)?.data;
    expect(stuck).toMatchObject({ bounded: 'valid', recovered: 'invalid' });
    const unbounded = judge({ retry: (attempt, operation) => (attempt < 9 ? spread(operation) : undefined) }).evidence.at(-1)?.data;
    expect(unbounded).toMatchObject({ bounded: 'invalid', recovered: 'valid' });
  });

  it('allows the time to work off what the pause left, and no more', () => {
    const limitNs = (longestRecoveryMs(stormFacts) ?? 0) * millisecond;
    const backAt = (at: number) => (time: number) => time < stallFrom || time >= at;
    const early = judge({ answers: backAt(stallTo + 0.9 * limitNs), retry: () => undefined });
    expect(clausesOf(early)).toEqual([]);
    expect(Number(early.evidence[0]?.data?.['recoveryMs'])).toBeGreaterThan(1000);
    expect(clausesOf(judge({ answers: backAt(stallTo + limitNs + 10 * second), retry: () => undefined }))).toContain('D5-recovery');
  });

  it('always looks at the last of the load, however short that is and wherever the steps before it end', () => {
    const limitNs = (longestRecoveryMs(stormFacts) ?? 0) * millisecond;
    for (const beyond of [6.1, 7.3, 9.7, 11.9, 14.3]) {
      const end = stallTo + limitNs + beyond * second;
      const shortened = (plan: StormPlan) => {
        const run = stormRun(plan);
        const windows = run.windows.map((one) => (one.name === 'quiesce' ? { ...one, from: end } : one));
        return checkBoundedRetries({ ...run, windows, history: run.history.filter(({ time }) => time < end) });
      };
      expect([beyond, clausesOf(shortened({ answers: neverBack, retry: () => undefined }))]).toEqual([
        beyond,
        expect.arrayContaining(['D5-recovery']),
      ]);
      expect(Number(shortened({}).evidence[0]?.data?.['windows'])).toBeGreaterThan(0);
    }
  });

  it('takes successes that come too late for none', () => {
    const slow = stormTraffic().map((record) =>
      record.receivedAt >= stallTo && record.respondedAt !== undefined
        ? { ...record, respondedAt: record.receivedAt + 2 * second, endedAt: record.receivedAt + 2 * second }
        : record,
    );
    expect(clausesOf(checkBoundedRetries({ ...stormRun(), traffic: slow }))).toContain('D5-recovery');
  });

  it('expects less where customers asked for less, and nothing while another fault lasts', () => {
    const run = stormRun({ sends: (at) => at < 30 * second });
    expect(clausesOf(checkBoundedRetries(run))).toContain('D5-recovery');
    const quieter = { ...run, history: run.history.filter(({ time }) => time < 30 * second || time > loadTo - second / 10) };
    expect(clausesOf(checkBoundedRetries(quieter))).toEqual([]);
    const overlapping = {
      ...run,
      faults: [...run.faults, stormFault({}, { id: 'pause-1', nemesis: 'pause', startedAt: 15 * second, healedAt: loadTo })],
    };
    expect(checkBoundedRetries(overlapping).verdict).toBe('unknown');
  });

  it('does not accuse a baseline that was measured by chance too high', () => {
    const run = stormRun();
    const lucky = run.traffic.filter(({ receivedAt }, at) => receivedAt < stallTo || at % 12 !== 0);
    expect(checkBoundedRetries({ ...run, traffic: lucky }).verdict).toBe('valid');
  });
});

describe('bounded-retries, without proof', () => {
  const reasonOf = (result: ReturnType<typeof judge>) =>
    result.verdict === 'unknown' ? result.summary : `not unknown but ${result.verdict}`;

  it('is unknown when there was no storm, or it does not say what it was', () => {
    expect(reasonOf(checkBoundedRetries({ ...stormRun(), faults: [] }))).toContain('No retry storm');
    expect(reasonOf(checkBoundedRetries({ ...stormRun(), faults: [stormFault({}, { facts: {} })] }))).toContain('does not say which edge');
    expect(reasonOf(judge({}, { capacityPerSecond: Number.NaN }))).toContain('capacityPerSecond');
    expect(reasonOf(judge({}, { stallEndedAt: stallFrom }))).toContain('ended before it began');
  });

  it('is unknown when nobody retried or goodput did not fall', () => {
    expect(reasonOf(judge({ retry: () => undefined }))).toContain('nobody retried');
    expect(reasonOf(judge({ answers: () => true }))).toContain('goodput did not fall');
  });

  it('is unknown when the size cannot tell a budget from none', () => {
    expect(reasonOf(judge({}, { capacityPerSecond: 200 }))).toContain('does not tell a budget from none');
    expect(reasonOf(judge({}, { capacityPerSecond: 55 }))).toContain('leaves no capacity');
  });

  it('is unknown when the control without a budget did as well, and not when it did worse in either way', () => {
    const control = (amplification: number, recovered: boolean, recoveryMs?: number) =>
      judge({}, { control: { amplification, recovered, ...(recoveryMs === undefined ? {} : { recoveryMs }) } });
    expect(reasonOf(control(1.5, true, 100))).toContain('without a budget');
    expect(control(2.5, true, 100).verdict).toBe('valid');
    expect(control(1.5, false).verdict).toBe('valid');
    expect(control(1.5, true, 60_000).verdict).toBe('valid');
  });

  it('is unknown without a clean window before, or with too little load after', () => {
    const run = stormRun();
    expect(reasonOf(checkBoundedRetries({ ...run, windows: run.windows.filter(({ name }) => name !== 'clean-before') }))).toContain(
      'no clean window',
    );
    const short = { ...run, windows: run.windows.map((window) => (window.name === 'quiesce' ? { ...window, from: 20 * second } : window)) };
    expect(reasonOf(checkBoundedRetries(short))).toContain('recovery may take');
    const brief = {
      ...run,
      windows: run.windows.map((window) => (window.name === 'clean-before' ? { ...window, from: 13.5 * second } : window)),
    };
    expect(reasonOf(checkBoundedRetries(brief))).toContain('too few to tell a third');
  });

  it('finds a violation even in a storm that was too weak', () => {
    expect(
      clausesOf(
        judge(
          { retry: (attempt, operation) => (operation === 600 && attempt < 5 ? spread(operation) : undefined) },
          { capacityPerSecond: 200 },
        ),
      ),
    ).toEqual(['D1-attempts']);
  });
});

describe('bounded-retries, among other checkers', () => {
  it('applies to runs with a storm, and does not spoil others', async () => {
    expect(boundedRetries.applies?.(stormRun())).toBe(true);
    const other = { ...stormRun(), faults: [], nemeses: ['pause-leader'] };
    expect((await composeVerdict(other, [boundedRetries], noLimits)).notExercised).toHaveProperty('bounded-retries');
  });
});
