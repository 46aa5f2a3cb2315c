import { describe, expect, it } from 'vitest';
import { looksIndependent, splitIndependent } from './independent.ts';
import { HistoryFormatError, parseHistory } from './index.ts';

const edn = `
{:process 0, :type :invoke, :f :write, :value [:x 1]}
{:process 1, :type :invoke, :f :read, :value [:y nil]}
{:process 0, :type :ok, :f :write, :value [:x 1]}
{:process :nemesis, :type :info, :f :start, :value "cut"}
{:process 1, :type :ok, :f :read, :value [:y nil]}
{:process 2, :type :invoke, :f :cas, :value [:x [1 2]]}
{:process 2, :type :info, :f :cas, :value nil, :error :timed-out}
`;

describe('a history of independent keys', () => {
  it('is known by its reads, which ask for a key alone', () => {
    expect(looksIndependent(parseHistory(edn).operations)).toBe(true);
  });

  it('gets its keys and values apart', () => {
    const { operations } = splitIndependent(parseHistory(edn));
    expect(operations.map(({ key, value }) => [key, value])).toEqual([
      ['x', 1],
      ['y', null],
      ['x', 1],
      [undefined, 'cut'],
      ['y', null],
      ['x', [1, 2]],
      [undefined, null],
    ]);
  });

  it.each([
    ['reads ask for nothing', '{:process 0, :type :invoke, :f :cas, :value [1 2]} {:process 1, :type :invoke, :f :read, :value nil}'],
    ['nothing is read', '{:process 0, :type :invoke, :f :cas, :value [1 2]}'],
    ['a read asks for a value', '{:process 0, :type :invoke, :f :read, :value [1 2]}'],
    ['a value is no pair', '{:process 0, :type :invoke, :f :read, :value [1 nil]} {:process 1, :type :invoke, :f :write, :value 2}'],
    ['operations have keys already', '{:process 0, :type :invoke, :f :read, :value [1 nil], :key "a"}'],
    ['there is nothing', '{:process :nemesis, :type :info, :f :start, :value nil}'],
  ])('is not seen where %s', (_, text) => {
    expect(looksIndependent(parseHistory(text).operations)).toBe(false);
  });

  it('keeps apart keys that only look the same', () => {
    const text = ['1', '"1"', ':a', '[1 2]', '"[1,2]"', 'true', '"true"', 'nil']
      .map((key) => `{:process 0, :type :info, :f :read, :value [${key} nil]}`)
      .join('\n');
    const keys = splitIndependent(parseHistory(text)).operations.map(({ key }) => key);
    expect(new Set(keys).size).toBe(8);
    expect(keys[2]).toBe('a');
  });

  it('is refused with the line where an invocation names no key', () => {
    const text = '{:process 0, :type :invoke, :f :read, :value [1 nil]}\n{:process 1, :type :invoke, :f :write, :value 2}';
    expect(() => splitIndependent(parseHistory(text))).toThrow(HistoryFormatError);
    expect(() => splitIndependent(parseHistory(text))).toThrow('Line 2: expected a value [key value], got 2');
  });
});
