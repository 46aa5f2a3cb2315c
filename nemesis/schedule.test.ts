import { describe, expect, test } from 'vitest';
import { createRandom } from '../harness/generator/index.ts';
import { nemeses, planSchedule, type SchedulePlan } from './index.ts';

const target = { leaseMs: 2000 };

function plan(names: readonly string[], timeMs: number, seed = 1, intervalMs?: number): SchedulePlan {
  const random = createRandom(seed, 'schedule');
  const choices = names.map((name) => {
    const nemesis = nemeses.find((one) => one.name === name);
    if (nemesis === undefined) throw new Error(`no nemesis ${name}`);
    return { nemesis, options: {} };
  });
  return planSchedule({ timeMs, choices, target, random: () => random.float(), ...(intervalMs === undefined ? {} : { intervalMs }) });
}

describe('a schedule', () => {
  test('is the same for the same seed and another for another', () => {
    expect(plan(['kill', 'random-pair'], 120_000)).toEqual(plan(['kill', 'random-pair'], 120_000));
    expect(plan(['kill'], 120_000, 1)).not.toEqual(plan(['kill'], 120_000, 2));
  });

  test('keeps clean windows before the first fault and after the last, in every length of run', () => {
    for (const timeMs of [10_000, 20_000, 60_000, 300_000]) {
      const { warmUpMs, cleanBeforeMs, faultsMs, cleanAfterMs, faults } = plan(['kill', 'pause'], timeMs);
      expect(warmUpMs + cleanBeforeMs + faultsMs + cleanAfterMs).toBe(timeMs);
      for (const clean of [cleanBeforeMs, cleanAfterMs]) expect(clean).toBeGreaterThanOrEqual(timeMs * 0.03);
      expect(faults.length).toBeGreaterThanOrEqual(2);
      for (const { atMs, nemesis, options } of faults.filter(({ id }) => !id.endsWith('-1'))) {
        const lastsMs = nemeses.find(({ name }) => name === nemesis)?.typicalDurationMs(target, options) ?? 0;
        expect(atMs + lastsMs).toBeLessThanOrEqual(faultsMs + 1);
      }
    }
  });

  test('leaves room for faults that are asked to last longer', () => {
    const [short] = plan(['pause'], 120_000, 1, 1000).faults.slice(1);
    const random = createRandom(1, 'schedule');
    const pause = nemeses.find(({ name }) => name === 'pause');
    if (pause === undefined) throw new Error('there is no pause');
    const choices = [{ nemesis: pause, options: { durationMs: 20_000 } }];
    const long = planSchedule({ timeMs: 120_000, choices, target, intervalMs: 1000, random: () => random.float() }).faults[1];
    expect((long?.atMs ?? 0) - (short?.atMs ?? 0)).toBe(17_000);
  });

  test('has no faults in a control run', () => {
    expect(plan(['none'], 60_000)).toMatchObject({ faults: [], faultsMs: 0 });
  });

  test('lets faults of one nemesis follow each other with a pause, and numbers them', () => {
    const { faults } = plan(['restart'], 120_000);
    expect(faults.map(({ id }) => id)).toEqual(faults.map((_, index) => `restart-${index + 1}`));
    for (const [index, { atMs }] of faults.entries()) {
      const next = faults[index + 1];
      if (next !== undefined) expect(next.atMs - atMs).toBeGreaterThan(4000 + 1500 - 1);
    }
  });
});

describe('random-pair', () => {
  test('plans two different nemeses that overlap, again and again, and pairs that differ', () => {
    const { faults } = plan(['random-pair'], 300_000);
    const pairs = new Map<string, string[]>();
    for (const { id, nemesis, atMs, options } of faults) {
      const number = /^random-pair-(\d+)-/.exec(id)?.[1] ?? 'none';
      const known = nemeses.find(({ name }) => name === nemesis);
      expect(known).toBeDefined();
      const pair = pairs.get(number) ?? [];
      pairs.set(number, [...pair, nemesis]);
      const other = faults.find((one) => one.id !== id && one.id.startsWith(`random-pair-${number}-`));
      expect(Math.abs((other?.atMs ?? 0) - atMs)).toBeLessThan(known?.typicalDurationMs(target, options) ?? 0);
    }
    expect(pairs.size).toBeGreaterThan(10);
    const ofEffects = ['lost-response', 'duplicate', 'error-burst', 'latency'];
    for (const pair of pairs.values()) {
      expect(pair).toHaveLength(2);
      expect(pair.filter((nemesis) => ofEffects.includes(nemesis))).toHaveLength(1);
    }
    expect(new Set([...pairs.values()].map((pair) => [...pair].sort().join())).size).toBeGreaterThan(5);
  });

  test('plans options that its nemeses know, all of them', () => {
    for (const { nemesis, options } of plan(['random-pair'], 300_000).faults) {
      const known = nemeses.find(({ name }) => name === nemesis)?.options ?? {};
      expect(Object.keys(options).sort()).toEqual(Object.keys(known).sort());
    }
  });

  test('has nothing to inject by itself', async () => {
    const own = nemeses.find(({ name }) => name === 'random-pair');
    await expect(
      Promise.resolve().then(() => own?.inject({ id: 'x', nemesis: 'x', atMs: 0, options: {} }, {} as never, new AbortController().signal)),
    ).rejects.toThrow('plans faults of others');
  });
});

describe('the catalogue', () => {
  test('has names, colours and sentences that nobody confuses', () => {
    for (const field of ['name', 'colour', 'description'] as const)
      expect(new Set(nemeses.map((nemesis) => nemesis[field])).size).toBe(nemeses.length);
    for (const { description, options } of nemeses) {
      expect(description).toMatch(/^[A-Z].*\.$/);
      for (const [name, option] of Object.entries(options)) {
        expect(option.description).not.toBe('');
        if (typeof option.default === 'number' && option.default >= 100) expect(name).toMatch(/Ms$/);
      }
    }
  });

  test('has colours that can be seen on a light and on a dark page', () => {
    for (const { colour } of nemeses) {
      expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(3);
      expect(contrast(colour, '#111827')).toBeGreaterThanOrEqual(3);
    }
  });
});

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
