import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nemeses } from '../../nemesis/index.ts';
import { resolveForTest } from '../config/test-support.ts';
import { planFor } from './plan.ts';
import { readSchedule, scheduleSettings, writeSchedule } from './schedule-file.ts';

let directory = '';
let file = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seamproof-schedule-'));
  file = path.join(directory, 'schedule.json');
});
afterEach(() => rmSync(directory, { recursive: true }));

const config = { ...resolveForTest(), timeMs: 60_000, nemeses: [{ name: 'random-pair', options: {} }] };
const plan = planFor({ config, nemeses: new Map(nemeses.map((nemesis) => [nemesis.name, nemesis])) });

describe('a schedule', () => {
  it('is read back as it was written', () => {
    writeSchedule(file, { seed: 7, plan });
    expect(plan.faults.length).toBeGreaterThanOrEqual(4);
    expect(readSchedule(file, nemeses)).toEqual({ seed: 7, plan });
  });

  it('says how long the load is, and whose faults there are', () => {
    const settings = scheduleSettings({ seed: 7, plan });
    expect(settings).toEqual({ seed: 7, timeMs: 60_000, nemeses: [...new Set(plan.faults.map(({ nemesis }) => nemesis))] });
    expect(scheduleSettings({ seed: 7, plan: { ...plan, faults: [] } }).nemeses).toEqual(['none']);
  });

  const [first, second] = plan.faults;
  const withFaults = (...faults: readonly unknown[]) => JSON.stringify({ schemaVersion: 1, seed: 7, ...plan, faults });
  it.each([
    ['that is no JSON', '{', /is no schedule/],
    ['of another version', JSON.stringify({ schemaVersion: 2, seed: 7, ...plan }), /schemaVersion/],
    ['with a fault before its beginning', withFaults({ ...first, atMs: -1 }), /atMs/],
    ['with a fault after its end', withFaults({ ...first, atMs: 60_000 }), /begins after/],
    ['with two faults of one name', withFaults(first, { ...second, id: first?.id }), /two faults are called/],
    ['with a fault of no nemesis', withFaults({ ...first, nemesis: 'meteor' }), /there is no such nemesis/],
    ['with an option that its nemesis has not', withFaults({ ...first, options: { __proto__: null, toString: 1 } }), /no option toString/],
    ['with an option of another type', withFaults({ id: 'p', nemesis: 'pause', atMs: 0, options: { targets: 3 } }), /not a string/],
  ])('%s is refused, with what is wrong', (_, text, complaint) => {
    writeFileSync(file, text);
    expect(() => readSchedule(file, nemeses)).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({ code: 'schedule-unreadable', happened: expect.stringMatching(complaint) }),
      }),
    );
  });

  it('that does not exist is asked for', () => {
    expect(() => readSchedule(file, nemeses)).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'schedule-not-found' }) }),
    );
  });
});
