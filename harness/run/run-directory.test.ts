import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunDirectory } from './run-directory.ts';

let runs = '';
beforeEach(() => {
  runs = realpathSync(mkdtempSync(path.join(tmpdir(), 'seamproof-runs-')));
});
afterEach(() => {
  rmSync(runs, { recursive: true });
});
const startedAt = '2026-01-02T03:04:05.678Z';

describe('the directory of a run', () => {
  it('is named after the run and the moment it began', () => {
    expect(createRunDirectory(runs, 'orders-none', startedAt)).toBe(path.join(runs, 'orders-none', '2026-01-02T03-04-05-678Z'));
  });

  it('is never shared, even by runs of the same moment', () => {
    const directories = [1, 2, 3].map(() => createRunDirectory(runs, 'orders-none', startedAt));
    expect(new Set(directories).size).toBe(3);
  });

  it('is what `latest` leads to, and nothing else is left beside it', () => {
    createRunDirectory(runs, 'orders-none', startedAt);
    const newest = createRunDirectory(runs, 'registers-none', startedAt);
    expect(realpathSync(path.join(runs, 'latest'))).toBe(newest);
    expect(readdirSync(runs).toSorted()).toEqual(['latest', 'orders-none', 'registers-none']);
  });

  it('leaves alone what somebody keeps under the name of the link', () => {
    mkdirSync(path.join(runs, 'latest'));
    writeFileSync(path.join(runs, 'latest', 'notes.txt'), 'keep');
    createRunDirectory(runs, 'orders-none', startedAt);
    expect(readdirSync(runs).toSorted()).toEqual(['latest', 'orders-none']);
    expect(readdirSync(path.join(runs, 'latest'))).toEqual(['notes.txt']);
  });
});
