import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../config/test-support.ts';
import { parseVariation, planComparison } from './compare-plan.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seamproof-compare-'));
  writeFileSync(path.join(directory, 'small.config.ts'), '');
  writeFileSync(path.join(directory, 'large.config.ts'), '');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('what is varied', () => {
  it.each(['read-quorum=2,3', 'readQuorum=2,3', 'read.quorum= 2, 3'])('may be spelled %s', (given) => {
    expect(parseVariation(given)).toEqual({ key: 'readQuorum', values: ['2', '3'] });
  });

  it.each(['lease', 'lease=', 'lease=1s', 'lease=1s,', 'lease=1s,1s', '=1,2', ['lease=1s,2s', 'rate=1,2']])('is refused as %j', (given) => {
    expect(problemOf(() => parseVariation(given)).code).toBe('invalid-value');
  });

  it('is a setting, and the one that was meant is suggested', () => {
    expect(problemOf(() => parseVariation('leese=1s,2s'))).toMatchObject({ code: 'unknown-setting', advice: 'lease' });
  });
});

describe('a comparison', () => {
  const labels = (args: Readonly<Record<string, unknown>>) => planComparison(args, directory).map(({ kind, label }) => `${kind} ${label}`);

  it('runs once with each value, all else as it was asked for', () => {
    const plan = planComparison({ vary: 'lease=1s,4s', nemesis: 'kill' }, directory);
    expect(plan).toMatchObject([
      { label: 'lease=1s', args: { lease: '1s', nemesis: 'kill' } },
      { label: 'lease=4s', args: { lease: '4s', nemesis: 'kill' } },
    ]);
  });

  it('runs each configuration, with each value', () => {
    expect(labels({ runs: ['small.config.ts', 'large.config.ts'] })).toEqual(['run small.config.ts', 'run large.config.ts']);
    expect(labels({ runs: ['small.config.ts', 'large.config.ts'], vary: 'rate=1,2' })).toEqual(
      ['small', 'large'].flatMap((size) => [`run ${size}.config.ts rate=1`, `run ${size}.config.ts rate=2`]),
    );
  });

  it('takes finished runs as they are, also beside others', () => {
    expect(labels({ runs: ['runs/a', 'runs/b'] })).toEqual(['finished runs/a', 'finished runs/b']);
    expect(labels({ runs: ['runs/a'], vary: 'rate=1,2' })).toEqual(['finished runs/a', 'run rate=1', 'run rate=2']);
  });

  it.each([{}, { runs: ['runs/a'] }, { runs: ['small.config.ts'] }])('of %j is refused', (args) => {
    expect(problemOf(() => planComparison(args, directory)).code).toBe('invalid-arguments');
  });
});
