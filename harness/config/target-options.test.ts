import { describe, expect, it } from 'vitest';
import { replayCommand } from './replay-command.ts';
import { problemOf, resolveForTest, testCatalogue } from './test-support.ts';

const catalogue = {
  ...testCatalogue,
  targets: [
    {
      name: 'reference',
      description: 'About reference.',
      options: {
        workMs: { default: 5, description: 'How long.' },
        queue: { default: 64, description: 'How many.' },
        strict: { default: false, description: 'Whether.' },
        mode: { default: 'plain', description: 'How.' },
      },
    },
  ],
  nemeses: [
    ...testCatalogue.nemeses,
    {
      name: 'storm',
      description: 'Storms.',
      provenBy: 'Wind.',
      options: {},
      needs: { timeMs: 75_000, targetOptions: { workMs: 60, unheardOf: 1 } },
    },
  ],
};
const resolve = (flags: Readonly<Record<string, unknown>>) => resolveForTest({ catalogue, flags });

describe('options of the target', () => {
  it('are read as what their defaults are, and only kept where they differ', () => {
    expect(resolve({ 'target-option': ['workMs=7,queue=64', 'strict=true', 'mode=odd'] }).targetOptions).toEqual({
      workMs: 7,
      strict: true,
      mode: 'odd',
    });
    expect(resolve({}).targetOptions).toEqual({});
  });

  it('are set as a nemesis needs them, as far as the target has them, unless they are given', () => {
    expect(resolve({ nemesis: ['storm'] }).targetOptions).toEqual({ workMs: 60 });
    expect(resolve({ nemesis: ['storm'], 'target-option': ['workMs=9'] }).targetOptions).toEqual({ workMs: 9 });
  });

  it('are part of the line that repeats the run', () => {
    const config = resolve({ 'target-option': ['workMs=7', 'mode=odd'] });
    expect(replayCommand(config, catalogue.nemeses)).toContain('--target-option workMs=7,mode=odd');
  });

  it.each([
    ['workMs', 'invalid-value', 'name=value'],
    ['workMs=soon', 'invalid-value', 'a whole number from 1'],
    ['workMs=0', 'invalid-value', 'a whole number from 1'],
    ['strict=perhaps', 'invalid-value', 'true or false'],
    ['wrokMs=7', 'unknown-target-option', 'one of workMs, queue, strict, mode'],
  ])('are refused when they are %s', (given, code, expected) => {
    expect(problemOf(() => resolve({ 'target-option': [given] }))).toMatchObject({ code, expected });
  });
});

describe('the length of a run', () => {
  it('is what its faults need, unless it is given', () => {
    expect(resolve({ nemesis: ['storm'] }).timeMs).toBe(75_000);
    expect(resolve({ nemesis: ['pause-leader'] }).timeMs).toBe(60_000);
    expect(resolve({ nemesis: ['storm'], time: '20' }).timeMs).toBe(20_000);
  });
});
