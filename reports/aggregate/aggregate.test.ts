import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/load.ts';
import { call, historyOf, smallEvidence } from '../support/small.ts';
import { attemptsOverTime } from './attempts.ts';
import { axisBetween, binOf, second, timeAxis } from './axis.ts';
import { latencyByFunction, nearestRank } from './latency.ts';
import { clientOperations } from './operations.ts';
import { outcomesOverTime } from './outcomes.ts';
import { phaseFigures } from './phases.ts';
import { signalSeries } from './signals.ts';

const sum = (values: readonly unknown[]): number => values.reduce<number>((total, value) => total + Number(value), 0);
const lifetimes = fc.array(fc.record({ start: fc.nat(60_000), length: fc.nat(5_000), type: fc.constantFrom('ok', 'fail', 'info') }), {
  minLength: 1,
  maxLength: 200,
});

describe('the time axis', () => {
  it('has bins that are round, begin on a multiple of themselves, and are never too many', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 20, max: 500 }), (from, length, maxBins) => {
        const axis = axisBetween(from * second, (from + length) * second, maxBins);
        expect(axis.binCount).toBeLessThanOrEqual(maxBins);
        expect(axis.fromNs % (axis.binSeconds * second)).toBe(0);
        expect(axis.fromNs).toBeLessThanOrEqual(from * second);
        expect(axis.fromNs + axis.binCount * axis.binSeconds * second).toBeGreaterThanOrEqual(axis.toNs);
      }),
    );
  });

  it('leaves deployment out, since nothing is under load yet', () => {
    const windows = [
      { name: 'deploy', from: -40 * second, to: 0 },
      { name: 'warm-up', from: 0, to: 40 * second },
    ] as const;
    expect(timeAxis(smallEvidence({ windows }), 100)).toMatchObject({ fromNs: 0, toNs: 40 * second, binSeconds: 1 });
  });

  it('does not exist for a run in which nothing happened', () => {
    expect(timeAxis(smallEvidence(), 100)).toBeUndefined();
  });

  it('counts what lies outside at the edge', () => {
    const axis = axisBetween(0, 60 * second, 100);
    expect([binOf(axis, -1), binOf(axis, 60 * second), binOf(axis, 1.5 * second)]).toEqual([0, 59, 1]);
  });
});

describe('client operations', () => {
  it('pair each invocation with its completion, and count latency from the intended start', () => {
    const operations = clientOperations(historyOf(call(0, 10e6, 30e6, 'ok', { intended: 5e6 }), call(1, 12e6, 20e6, 'fail')));
    expect([...operations.endNs].map((end, position) => end - (operations.startNs[position] ?? 0))).toEqual([25e6, 8e6]);
    expect([...operations.outcomeOf]).toEqual([0, 1]);
  });

  it('that never complete are info, and faults are not among them', () => {
    const [invocation] = call(0, 1, 2, 'ok');
    const nemesis = { process: 'nemesis', f: 'pause', time: 5, type: 'info', value: null } as const;
    const operations = clientOperations(historyOf(invocation === undefined ? [] : [invocation], [nemesis]));
    expect(operations.count).toBe(1);
    expect([...operations.outcomeOf]).toEqual([2]);
    expect([...operations.endNs]).toEqual([5]);
  });

  it('count where they completed, not where they began', () => {
    const operations = clientOperations(historyOf(call(0, 1 * second, 3.5 * second, 'ok'), call(1, 1 * second, 2.5 * second, 'fail')));
    const { ok, fail } = outcomesOverTime(operations, axisBetween(0, 40 * second, 100));
    expect([ok.indexOf(1), fail.indexOf(1)]).toEqual([3, 2]);
  });

  it('are all counted, once, in outcomes and in latency cells alike', () => {
    fc.assert(
      fc.property(lifetimes, (calls) => {
        const history = historyOf(
          ...calls.map(({ start, length, type }, process) => call(process, start * 1e6, (start + length) * 1e6, type)),
        );
        const operations = clientOperations(history);
        const axis = axisBetween(0, 70 * second, 50);
        const outcomes = outcomesOverTime(operations, axis);
        const counted = (sum(outcomes.ok) + sum(outcomes.fail) + sum(outcomes.info)) * axis.binSeconds;
        expect(counted).toBeCloseTo(calls.length, 1);
        const [latency] = latencyByFunction(operations, axis, 6);
        expect(sum(latency?.density.count ?? [])).toBe(calls.length);
        expect(sum(latency?.quantiles.count ?? [])).toBe(calls.filter(({ type }) => type === 'ok').length);
      }),
    );
  });
});

describe('latency', () => {
  it('quantiles are values that were measured, with at least their share at or below', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1 }), fc.constantFrom(0.5, 0.95, 0.99), (values, share) => {
        const sorted = Float64Array.from(values).sort();
        const value = nearestRank(sorted, share) ?? Number.NaN;
        expect(values).toContain(value);
        expect(sorted.filter((one) => one <= value).length).toBeGreaterThanOrEqual(share * values.length);
        expect(sorted.filter((one) => one < value).length).toBeLessThan(share * values.length);
      }),
    );
  });

  it('is drawn where it belongs: a cell lies within 18 % of the latencies in it', () => {
    const operations = clientOperations(historyOf(call(0, 0, 37e6, 'ok')));
    const axis = axisBetween(0, 60 * second, 50);
    const [latency] = latencyByFunction(operations, axis, 6);
    expect(Number(latency?.density.latencyMs[0]) / 37).toBeGreaterThan(0.82);
    expect(Number(latency?.density.latencyMs[0]) / 37).toBeLessThan(1.18);
  });

  it('is drawn finely where there is little, and never as more dots than a page can carry', () => {
    const random = seededRandom(11);
    const scattered = (count: number) =>
      historyOf(
        ...Array.from({ length: count }, (_unused, process) => {
          const start = random() * 300 * second;
          return call(process, start, start + 10 ** (6 + 3 * random()), 'ok');
        }),
      );
    const axis = axisBetween(0, 301 * second, 400);
    const dots = (count: number) => latencyByFunction(clientOperations(scattered(count)), axis, 1)[0]?.density.count.length ?? 0;
    expect(dots(20_000)).toBeLessThanOrEqual(5_000);
    expect(dots(300)).toBeGreaterThan(250);
  });

  it('comes for the functions called most, most first', () => {
    const history = historyOf(
      call(0, 0, 1, 'ok', { f: 'a' }),
      call(1, 0, 1, 'ok', { f: 'b' }),
      call(2, 0, 1, 'ok', { f: 'b' }),
      call(3, 2, 3, 'ok', { f: 'c' }),
    );
    const axis = axisBetween(0, second, 50);
    expect(latencyByFunction(clientOperations(history), axis, 2).map(({ name }) => name)).toEqual(['b', 'a']);
  });
});

describe('attempts', () => {
  const effect = (id: number, attempt: number, status?: number) =>
    ({
      id,
      edge: 'a->b',
      from: 'a',
      to: 'b',
      method: 'POST',
      path: '/',
      kind: 'effect',
      attempt,
      requestBytes: 0,
      responseBytes: 0,
      receivedAt: 0,
      endedAt: 1,
      faults: [],
      outcome: 'completed',
      ...(status === undefined ? {} : { status, respondedAt: 1 }),
    }) as const;

  it('count retries apart from first attempts, and as goodput only what was answered with success', () => {
    const attempts = attemptsOverTime(
      [effect(0, 1, 503), effect(1, 2, 201), effect(2, 1), { ...effect(3, 1), kind: 'replica-write' }],
      axisBetween(0, second, 50),
    );
    expect(attempts).toMatchObject({ firstTotal: 2, retryTotal: 1, goodTotal: 1 });
    expect(attempts?.table.amplification[0]).toBe(1.5);
  });

  it('are absent, not zero, when no call with an effect was seen', () => {
    expect(attemptsOverTime([], axisBetween(0, second, 50))).toBeUndefined();
  });
});

describe('phases', () => {
  it('put each operation into the phase it was meant to start in, once even where faults overlap', () => {
    const history = historyOf(
      call(0, 1 * second, 1.1 * second, 'ok'),
      call(1, 4.5 * second, 8 * second, 'fail'),
      call(2, 9 * second, 9.2 * second, 'ok'),
    );
    const fault = (from: number, to: number) => ({
      id: `f${from}`,
      nemesis: 'slow',
      targets: [],
      startedAt: from * second,
      healedAt: to * second,
      proofs: [],
      facts: {},
    });
    const windows = [
      { name: 'clean-before', from: 0, to: 3 * second },
      { name: 'faults', from: 3 * second, to: 8 * second },
      { name: 'clean-after', from: 8 * second, to: 10 * second },
    ] as const;
    const phases = phaseFigures(smallEvidence({ history, windows, faults: [fault(4, 6), fault(3, 5)] }), clientOperations(history));
    expect(phases.map(({ name, seconds, ok, fail }) => [name, seconds, ok, fail])).toEqual([
      ['Clean, before faults', 3, 1, 0],
      ['Fault window', 5, 0, 1],
      ['During slow', 3, 0, 1],
      ['Clean, after faults', 2, 1, 0],
    ]);
    expect(phases[3]?.p99Ms).toBe(200);
  });
});

describe('seam signals', () => {
  const axis = axisBetween(0, 40 * second, 100);

  it('merge nodes the way each is read, and leave a gap where nothing was sampled', () => {
    const at = (time: number, node: string, name: string, value?: number) => ({
      time: time * second,
      node,
      name,
      ...(value === undefined ? {} : { value }),
    });
    const samples = [
      at(0, 'a', 'consumer_lag_events', 3),
      at(0, 'b', 'consumer_lag_events', 9),
      at(1, 'a', 'consumer_lag_events'),
      at(2, 'a', 'retry_budget_available', 4),
      at(2, 'b', 'retry_budget_available', 1),
      at(3, 'a', 'duplicate_effects_total', 1),
      at(3, 'b', 'duplicate_effects_total', 2),
    ];
    const series = signalSeries(samples, axis);
    expect(series.map(({ definition, last }) => [definition.title, last])).toEqual([
      ['Consumer lag', 9],
      ['Retry budget left', 1],
      ['Duplicate effects', 3],
    ]);
    expect(series[0]?.table.value.slice(0, 3)).toEqual([9, null, null]);
  });

  it('read the 99th percentile off what happened between two scrapes, not since the beginning', () => {
    const scrape = (time: number, counts: readonly number[]) =>
      ['0.01', '0.1', '+Inf'].map((le, position) => ({
        time: time * second,
        node: 'a',
        name: 'quorum_write_seconds_bucket',
        labels: { le },
        value: counts[position] ?? 0,
      }));
    const [series] = signalSeries([...scrape(0, [1000, 1000, 1000]), ...scrape(1, [1000, 1100, 1100])], axis);
    expect(series?.table.value[0]).toBeNull();
    expect(series?.table.value[1]).toBeCloseTo(0.01 + 0.09 * 0.99, 3);
  });

  it('say nothing after a restart set the counters back', () => {
    const scrape = (time: number, low: number, all: number) =>
      [['0.1', low] as const, ['+Inf', all] as const].map(([le, value]) => ({
        time: time * second,
        node: 'a',
        name: 'quorum_write_seconds_bucket',
        labels: { le },
        value,
      }));
    expect(signalSeries([...scrape(0, 50, 50), ...scrape(1, 3, 3)], axis)).toEqual([]);
    expect(signalSeries([...scrape(0, 50, 50), ...scrape(1, 40, 70)], axis)).toEqual([]);
  });
});
