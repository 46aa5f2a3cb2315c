import { describe, expect, it } from 'vitest';
import { nemeses } from '../../nemesis/index.ts';
import { resolveConfig } from '../config/index.ts';
import { problemOf, testCatalogue } from '../config/test-support.ts';
import { scheduled } from './scheduled.ts';

const catalogue = { ...testCatalogue, nemeses };

function configOf(flags: Readonly<Record<string, string>>) {
  return resolveConfig({
    flags: { seed: '5', time: '60', ...flags },
    environment: {},
    catalogue,
    drawSeed: () => 1,
    readText: (file) => {
      throw new Error(`no file was to be read, and ${file} was`);
    },
    readSchedule: (file) => {
      throw new Error(`no schedule was to be read, and ${file} was`);
    },
  });
}

describe('the schedule of a configuration', () => {
  it('is the same for the same seed, and another for another', () => {
    const flags = { nemesis: 'kill,clock-skew,random-pair' };
    expect(scheduled(configOf(flags))).toEqual(scheduled(configOf(flags)));
    expect(scheduled(configOf({ ...flags, seed: '6' }))).not.toEqual(scheduled(configOf(flags)));
  });

  it.each([
    { nemesis: 'kill:targets=replica-9' },
    { nemesis: 'latency:from=nobody' },
    { nemesis: 'pause:role=leader' },
    { nemesis: 'disk-full', 'nemesis-targets': 'most' },
  ])('is refused when it names what the target has not: %o', (flags) => {
    expect(problemOf(() => scheduled(configOf(flags)))).toMatchObject({
      code: 'unknown-name',
      expected: expect.stringContaining('a role'),
    });
  });

  it.each([
    { nemesis: 'kill:targets=leaders' },
    { nemesis: 'latency:from=order-1:to=payment' },
    { nemesis: 'pause', 'nemesis-targets': 'inventory-2' },
  ])('takes the names of nodes and roles, and choices among them: %o', (flags) => {
    expect(scheduled(configOf(flags)).faults.length).toBeGreaterThan(0);
  });

  it('is refused when a fault would be cut off by the end of the load, with a length that is enough', () => {
    const tooLong = { nemesis: 'pause:durationMs=20000', time: '20' };
    const { code, advice } = problemOf(() => scheduled(configOf(tooLong)));
    expect(code).toBe('run-too-short');
    const enough = advice?.replace('--time ', '') ?? '';
    expect(scheduled(configOf({ ...tooLong, time: enough })).faults).toHaveLength(1);
  });
});
