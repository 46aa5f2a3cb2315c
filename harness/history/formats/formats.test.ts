import { describe, expect, it } from 'vitest';
import { EdnError, parseEdn, plain } from './edn.ts';
import { detectFormat, HistoryFormatError, type HistoryReading, parseHistory, readHistory } from './index.ts';

const jsonLine = (fields: object): string =>
  `${JSON.stringify({ index: 0, time: 1, process: 0, type: 'invoke', f: 'read', value: null, ...fields })}\n`;

async function readInChunks(text: string, size: number): Promise<HistoryReading> {
  async function* chunks(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  return readHistory(chunks());
}

function errorOf(read: () => unknown): HistoryFormatError {
  try {
    read();
  } catch (error) {
    if (error instanceof HistoryFormatError) return error;
    throw error;
  }
  throw new Error('expected a HistoryFormatError');
}

describe('a history.jsonl', () => {
  const whole =
    jsonLine({ key: 'a', node: 'n1' }) + jsonLine({ index: 1, time: 2, type: 'fail', error: { code: 'timeout', message: 'late' } });

  it('is read as it was written', () => {
    expect(parseHistory(whole)).toEqual({
      format: 'jsonl',
      operations: [
        { index: 0, time: 1, process: 0, type: 'invoke', f: 'read', value: null, key: 'a', node: 'n1' },
        { index: 1, time: 2, process: 0, type: 'fail', f: 'read', value: null, error: { code: 'timeout', message: 'late' } },
      ],
      lines: [1, 2],
      warnings: [],
    });
  });

  it('keeps its evidence when the last line is torn, and says so', () => {
    const reading = parseHistory(`${whole}{"index":2,"time":3,"pro`);
    expect(reading.operations).toHaveLength(2);
    expect(reading.warnings).toEqual([expect.stringContaining('Line 3, the last, is torn')]);
  });

  it('is refused with the line number when a line in the middle is broken', () => {
    const error = errorOf(() => parseHistory(`${jsonLine({})}{"index":1,\n${jsonLine({})}`));
    expect(error.line).toBe(2);
    expect(error.message).toMatch(/Line 2: expected a JSON object, got .*index/);
  });

  it.each([
    [{ type: 'done' }, /expected type to be invoke, ok, fail or info, got "done"/],
    [{ process: -1 }, /expected process/],
    [{ process: 'client' }, /expected process to be a whole number or "nemesis", got "client"/],
    [{ f: 3 }, /expected f to name a function/],
    [{ time: 'noon' }, /expected time/],
  ])('says what was expected of %j', (fields, message) => {
    expect(errorOf(() => parseHistory(jsonLine({}) + jsonLine(fields))).message).toMatch(message);
  });

  it('says so when only some operations have a time', () => {
    expect(errorOf(() => parseHistory(jsonLine({}) + jsonLine({ time: null }))).message).toMatch(/Line 2: expected a time/);
  });

  it('may do without times and indexes: then the order of the lines is the clock', () => {
    const lines = ['{"process":0,"type":"invoke","f":"read"}', '{"process":0,"type":"ok","f":"read","value":1}'].join('\n');
    expect(parseHistory(lines).operations.map(({ index, time }) => [index, time])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('keeps nanoseconds since 1970 apart, which a double would not', () => {
    const at = (time: string): string => `{"process":0,"type":"info","f":"x","time":${time}}\n`;
    const { operations } = parseHistory(at('1732294800000000001') + at('1732294800000000002') + at('1732294800000000257'));
    expect(operations.map(({ time }) => time)).toEqual([0, 1, 256]);
  });

  it('keeps large numbers apart that a double would make equal', () => {
    const writes = (value: string): string => `{"process":0,"type":"info","f":"write","value":[${value},"a 9007199254740993 b"]}\n`;
    const [first, second] = parseHistory(writes('9007199254740992') + writes('9007199254740993')).operations;
    expect(first?.value).not.toEqual(second?.value);
    expect(second?.value).toEqual(['9007199254740993', 'a 9007199254740993 b']);
  });

  it('treats __proto__ as a key like any other', () => {
    const [operation] = parseHistory('{"process":0,"type":"invoke","f":"write","key":"__proto__","value":{"__proto__":1}}').operations;
    expect(operation?.key).toBe('__proto__');
    expect(Object.keys(operation?.value as object)).toEqual(['__proto__']);
  });

  it('leaves times that go backwards to the checker, since its recorder never writes them', () => {
    expect(parseHistory(jsonLine({ time: 9 }) + jsonLine({ time: 3 })).operations.map(({ time }) => time)).toEqual([9, 3]);
  });
});

describe('EDN', () => {
  const vector = `; a comment with { and "
[{:process 0, :type :invoke, :f :cas, :value [1 2], :key "a }"}
 {:process :nemesis :type :info :f :start, :value "cut; [ off"} #_{:not "here"}
 #jepsen.history.Op{:process 0, :type :fail, :f :cas, :value [1 2], :error [:no-conns nil]}]
`;

  it('is read from a vector of maps, past comments, tags and discarded forms', () => {
    const { operations, lines } = parseHistory(vector);
    expect(operations).toEqual([
      { index: 0, time: 0, process: 0, type: 'invoke', f: 'cas', value: [1, 2], key: 'a }' },
      { index: 1, time: 1, process: 'nemesis', type: 'info', f: 'start', value: 'cut; [ off' },
      { index: 2, time: 2, process: 0, type: 'fail', f: 'cas', value: [1, 2], error: { code: 'no-conns', message: '["no-conns",null]' } },
    ]);
    expect(lines).toEqual([2, 3, 4]);
  });

  it.each([1, 2, 3, 7, 64])('is the same in chunks of %d characters', async (size) => {
    const padded = `${'; long\n'.repeat(800)}${vector}`;
    expect(await readInChunks(padded, size)).toEqual(parseHistory(padded));
  });

  it('is read from one map a line', () => {
    const { operations } = parseHistory(
      '{:process 0, :type :invoke, :f :get, :key "7", :value nil}\n{:process 0, :type :ok, :f :get, :key "7", :value ""}\n',
    );
    expect(operations.map(({ type, key, value }) => [type, key, value])).toEqual([
      ['invoke', '7', null],
      ['ok', '7', ''],
    ]);
  });

  it('keeps times, and goes by the order in the file where they go backwards', () => {
    const at = (time: number): string => `{:process 0 :type :info :f :x :time ${time}}`;
    expect(parseHistory(at(5) + at(7)).operations.map(({ time }) => time)).toEqual([5, 7]);
    const unordered = parseHistory(`${at(5)}\n${at(3)}`);
    expect(unordered.operations.map(({ time }) => time)).toEqual([0, 1]);
    expect(unordered.warnings).toEqual([expect.stringContaining('Times go backwards on line 2')]);
  });

  it('rebases times that are too large for a double', () => {
    const at = (time: string): string => `{:process 0 :type :info :f :x :time ${time}}\n`;
    expect(parseHistory(at('1732294800000000001') + at('1732294800000000004')).operations.map(({ time }) => time)).toEqual([0, 3]);
  });

  it('says on which line a form is broken', () => {
    expect(errorOf(() => parseHistory('[{:process 0 :type :invoke :f :read}\n{:process 0\n :type}]')).message).toMatch(
      /Line 2: expected a map to have a value for each key/,
    );
    expect(errorOf(() => parseHistory('{:process 0 :type :invoke :f :read}\n:oops\n')).message).toMatch(
      /Line 2: expected an operation, that is a map, got "oops"/,
    );
    expect(errorOf(() => parseHistory('{:process 0 :type :invoke :f :read}\n)\n')).message).toMatch(/Line 2: .*unmatched \)/);
  });

  it('keeps what is whole when the end is cut off', () => {
    const reading = parseHistory('[{:process 0 :type :invoke :f :read}\n {:process 0 :type :ok :f');
    expect(reading.operations).toHaveLength(1);
    expect(reading.warnings).toEqual([expect.stringContaining('line 2')]);
  });

  it.each<[string, unknown]>([
    ['nil', null],
    ['[true false]', [true, false]],
    ['-12', -12],
    ['1.5e3M', 1500],
    ['7N', 7],
    ['123456789012345678901', '123456789012345678901'],
    [':a/b', 'a/b'],
    ['sym', 'sym'],
    ['"a\\"\\n\\u00e9"', 'a"\né'],
    ['\\a', 'a'],
    ['\\newline', '\n'],
    ['\\(', '('],
    ['#{1 2}', [1, 2]],
    ['{:a {"b" [1]} 3 nil}', { a: { b: [1] }, 3: null }],
    ['#inst "2020-01-01"', '2020-01-01'],
    ['(1 #_(2 3) 4)', [1, 4]],
  ])('reads %s', (text, value) => {
    expect(plain(parseEdn(text))).toEqual(value);
  });

  it.each(['[1', '"open', '{:a}', '1 2', ']', '"\\q"', '"\\u12"', ''])('refuses %j', (text) => {
    expect(() => parseEdn(text)).toThrow(EdnError);
  });
});

describe('a Jepsen log', () => {
  const log = [
    'INFO  jepsen.core - Worker 3 starting',
    'INFO  jepsen.util - 3\t:invoke\t:cas\t[3 0]',
    'INFO  jepsen.util - 0   :ok     :read   nil',
    'INFO  jepsen.util - 3\t:info\t:cas\t:timed-out',
    'INFO  jepsen.util - :nemesis\t:info\t:start\t"Cut off {:n1 #{:n2}}"',
    '',
  ].join('\n');

  it('is read line by line, past what is not an operation', () => {
    const { format, operations, lines } = parseHistory(log);
    expect(format).toBe('jepsen-log');
    expect(operations).toEqual([
      { index: 0, time: 0, process: 3, type: 'invoke', f: 'cas', value: [3, 0] },
      { index: 1, time: 1, process: 0, type: 'ok', f: 'read', value: null },
      { index: 2, time: 2, process: 3, type: 'info', f: 'cas', value: null, error: { code: 'timed-out', message: 'timed-out' } },
      { index: 3, time: 3, process: 'nemesis', type: 'info', f: 'start', value: 'Cut off {:n1 #{:n2}}' },
    ]);
    expect(lines).toEqual([2, 3, 4, 5]);
  });

  it('is refused with the line number when a value is broken', () => {
    expect(errorOf(() => parseHistory(log.replace('[3 0]', '[3 0'))).message).toMatch(
      /Line 2: expected a value after the function, got "\[3 0"/,
    );
  });
});

describe('the format', () => {
  it.each([
    ['{"index":0}', 'jsonl'],
    ['\uFEFF {"index":0}', 'jsonl'],
    ['{:index 0}', 'edn'],
    ['[{:index 0}]', 'edn'],
    ['; note\n({:index 0})', 'edn'],
    ['INFO  jepsen.util - 3\t:invoke\t:read\tnil', 'jepsen-log'],
  ])('of %j is told from its beginning', (text, format) => {
    expect(detectFormat(text)).toBe(format);
  });

  it('of anything else is refused, saying what would do', () => {
    expect(errorOf(() => parseHistory('index,time\n0,1\n')).message).toMatch(/expected JSON lines, EDN or Jepsen log lines/);
  });

  it('of an empty file does not matter: it is an empty history', () => {
    expect(parseHistory('')).toMatchObject({ operations: [] });
  });
});
