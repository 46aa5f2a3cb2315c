import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reporters, runReporters } from './index.ts';
import { rememberingOutput, smallInput, smallResult } from './support/small.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'reports-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('runReporters', () => {
  const input = smallInput({ register: smallResult() });

  it('runs each reporter in turn and writes files into the run directory', async () => {
    const out = rememberingOutput(directory);
    expect(await runReporters(['list', 'json', 'junit', 'html'], input, out)).toEqual([]);
    expect(out.complaints).toEqual([]);
    expect(out.printed[0]).toContain('VALID');
    expect(JSON.parse(out.printed[1] ?? '')).toMatchObject({ schemaVersion: 1, verdict: 'valid' });
    expect(await readFile(path.join(directory, 'junit.xml'), 'utf8')).toContain('<testsuites');
    expect(await readFile(path.join(directory, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('lets the others run when one throws, says so on standard error, and leaves the verdict alone', async () => {
    const out = rememberingOutput(path.join(directory, 'does-not-exist'));
    const before = structuredClone(input.verdict);
    const failures = await runReporters(['junit', 'list'], input, out);
    expect(failures.map(({ reporter }) => reporter)).toEqual(['junit']);
    expect(out.complaints.join('')).toMatch(/junit reporter failed.*ENOENT/);
    expect(out.printed.join('')).toContain('VALID');
    expect(input.verdict).toEqual(before);
  });

  it('names the reporters there are when asked for one there is not', async () => {
    const out = rememberingOutput(directory);
    const [failure] = await runReporters(['toString'], input, out);
    expect(failure?.message).toContain(Object.keys(reporters).join(', '));
  });

  it('survives a closed standard error', async () => {
    const out = {
      ...rememberingOutput(directory),
      stderr: () => {
        throw new Error('EPIPE');
      },
    };
    expect(await runReporters(['nothing', 'nothing'], input, out)).toHaveLength(2);
  });
});

describe('the registry', () => {
  it('names every reporter as the reporter names itself', async () => {
    for (const [name, { load }] of Object.entries(reporters)) expect((await load()).name).toBe(name);
  });
});
