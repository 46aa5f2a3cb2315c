import { describe, expect, it } from 'vitest';
import { history } from '../../reports/support/history.ts';
import { type Model, models } from '../models/index.ts';
import { allowedResults } from './allowed-results.ts';
import { checkLinearizable, type LinearizabilityOptions } from './index.ts';

const limits = { timeMs: 10_000, memoryBytes: 1e8 };

function allowed<S>(text: string, model: Model<S>, more: Partial<LinearizabilityOptions<S>> = {}): readonly unknown[] | undefined {
  const operations = history(text);
  const options = { model, limits, ...more };
  const result = checkLinearizable(operations, options);
  expect(result.verdict).toBe('invalid');
  return allowedResults(operations, options, result);
}

const twoWrites = `
  10 0 invoke write 1
  20 0 ok     write 1
  30 1 invoke write 2
  40 1 ok     write 2
`;

describe('what an impossible operation could have met', () => {
  it('is the last value when nothing else is open', () => {
    expect(allowed(`${twoWrites}\n50 2 invoke read null\n60 2 ok read 1`, models.register)).toEqual([2]);
  });

  it('is every value that a write still open may leave, in order of size', () => {
    const open = '41 3 invoke write 9\n42 4 invoke write 5\n43 4 info write 5';
    expect(allowed(`${twoWrites}${open}\n50 2 invoke read null\n60 2 ok read 1`, models.register)).toEqual([2, 5, 9]);
  });

  it('does not count a write that failed, even when that became known only later', () => {
    expect(allowed(`${twoWrites}\n41 3 invoke write 9\n50 2 invoke read null\n60 2 ok read 1\n70 3 fail write 9`, models.register)).toEqual(
      [2],
    );
  });

  it('counts a write that began at the very instant of the return, and none that began after it', () => {
    const ending = (at: number): string => `${twoWrites}\n50 2 invoke read null\n60 2 ok read 1\n${at} 3 invoke write 9`;
    expect(allowed(ending(60), models.register)).toEqual([2, 9]);
    expect(allowed(ending(61), models.register)).toEqual([2]);
  });

  it('is the value that a successful cas can have found', () => {
    expect(allowed(`${twoWrites}\n50 2 invoke cas [1,7]\n60 2 ok cas [1,7]`, models['cas-register'])).toEqual([2]);
  });

  it('is the initial value when nothing was written', () => {
    expect(allowed('50 2 invoke read null\n60 2 ok read 1', models.register, { initial: 4 })).toEqual([4]);
  });

  it('is the head of a queue, where values are taken out in order', () => {
    const queue =
      '10 0 invoke enqueue 1\n20 0 ok enqueue 1\n30 0 invoke enqueue 2\n40 0 ok enqueue 2\n50 0 invoke dequeue null\n60 0 ok dequeue 2';
    expect(allowed(queue, models['fifo-queue'])).toEqual([1]);
  });

  it('is not claimed where values grow, where nil may mean nothing was seen, or where there are too many', () => {
    const grown = '10 0 invoke append "a"\n20 0 ok append "a"\n30 0 invoke get null\n40 0 ok get "b"';
    expect(allowed(grown, models['key-value'])).toBeUndefined();
    expect(allowed(`${twoWrites}\n50 2 invoke read null\n60 2 ok read 1`, models.register, { nilReads: 'any' })).toBeUndefined();
    const many = Array.from({ length: 30 }, (_, at) => `${10 * at} 0 invoke write ${at}\n${10 * at + 5} 0 ok write ${at}`).join('\n');
    expect(allowed(`${many}\n900 2 invoke read null\n960 2 ok read 1`, models.register)).toBeUndefined();
  });

  it('is not claimed when time runs out', () => {
    const operations = history(`${twoWrites}\n50 2 invoke read null\n60 2 ok read 1`);
    const options = { model: models.register, limits };
    const result = checkLinearizable(operations, options);
    expect(allowedResults(operations, { ...options, limits: { ...limits, timeMs: 0 } }, result)).toBeUndefined();
  });
});
