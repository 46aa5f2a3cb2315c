import { describe, expect, it } from 'vitest';
import { UsageError } from '../../config/index.ts';
import { readCheckOptions } from './options.ts';

describe('the flags of harness check', () => {
  it('have defaults that judge as a cas-register within a minute and a gigabyte', () => {
    expect(readCheckOptions({})).toEqual({
      modelChosen: false,
      question: {
        model: 'cas-register',
        nilReads: 'value',
        failedCas: 'ignore',
        timeMs: 60_000,
        memoryBytes: 1e9,
      },
      json: false,
      quiet: false,
    });
  });

  it.each([
    ['512MB', 512e6],
    ['1.5gb', 1.5e9],
    ['2GiB', 2 * 1024 ** 3],
    ['900 kB', 900e3],
    ['100B', 100],
  ])('read %s as %d bytes', (text, bytes) => {
    expect(readCheckOptions({ 'memory-limit': text }).question.memoryBytes).toBe(bytes);
  });

  it.each(['1', 'GB', '-1GB', '0MB', '1TB', '1e9'])('refuse %s as a size', (text) => {
    expect(() => readCheckOptions({ 'memory-limit': text })).toThrow(UsageError);
  });

  it.each(['0', '-1', '1.5', 'many', '65', ''])('refuse %s as a number of workers', (text) => {
    expect(() => readCheckOptions({ workers: text })).toThrow('--workers is');
  });

  it('take a number of workers as it is given', () => {
    expect(readCheckOptions({ workers: '3' }).question.workers).toBe(3);
  });

  it('keep an initial state apart from none: null is a state', () => {
    expect('initial' in readCheckOptions({}).question).toBe(false);
    expect(readCheckOptions({ initial: 'null' }).question).toHaveProperty('initial', null);
    expect(readCheckOptions({ initial: '{"x":0}' }).question.initial).toEqual({ x: 0 });
  });

  it('refuse to choose between two values', () => {
    expect(() => readCheckOptions({ model: ['set', 'stack'] })).toThrow('--model was given 2 times');
  });
});
