import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { checkLinearizable } from '../linearizable/index.ts';
import { concurrent, history, sequential } from '../linearizable/testing/write-history.ts';
import { type Model, type ModelName, models } from './index.ts';

interface Golden {
  readonly initial?: unknown;
  readonly good: Readonly<Record<string, readonly Operation[]>>;
  readonly bad: Readonly<Record<string, readonly Operation[]>>;
}

const order = (orderId: string, quantity = 1) => ({ orderId, quantity });

const golden: Readonly<Record<ModelName, Golden>> = {
  register: {
    good: {
      'a read sees the last write': sequential(['write', 1], ['read', null, 1], ['write', 2], ['read', null, 2]),
      'concurrent writes settle on either': concurrent(['write', 1], ['write', 2], ['read', null, 1]),
      'objects and unusual keys are values like others': sequential(
        ['write', { ['__proto__']: 1, ключ: [1] }],
        ['read', null, { ключ: [1], ['__proto__']: 1 }],
      ),
    },
    bad: {
      'a stale read': sequential(['write', 1], ['write', 2], ['read', null, 1]),
      'a value from nowhere': sequential(['write', 1], ['read', null, 3]),
      'objects that differ within': sequential(['write', { a: 1 }], ['read', null, { a: 2 }]),
      'a number read back as text': sequential(['write', 1], ['read', null, '1']),
    },
  },
  'cas-register': {
    good: {
      'a cas takes effect once': sequential(['write', 1], ['cas', [1, 2]], ['read', null, 2]),
      'concurrent cas form a chain': concurrent(['cas', [2, 3]], ['cas', [1, 2]], ['write', 1], ['read', null, 3]),
    },
    bad: {
      'two cas from one value': sequential(['write', 1], ['cas', [1, 2]], ['cas', [1, 3]]),
      'two concurrent cas from one value': concurrent(['cas', [null, 2]], ['cas', [null, 3]]),
    },
  },
  'multi-register': {
    initial: { x: 0, y: 0 },
    good: {
      'a transaction is seen whole': sequential(
        [
          'txn',
          [
            ['write', 'x', 1],
            ['write', 'y', 1],
          ],
        ],
        [
          'txn',
          null,
          [
            ['read', 'x', 1],
            ['read', 'y', 1],
          ],
        ],
      ),
    },
    bad: {
      'half a transaction is seen': sequential(['write', { x: 1, y: 1 }], ['read', null, { x: 1, y: 0 }]),
      'two readers disagree on the order of writes': history(
        { process: 0, type: 'invoke', f: 'write', value: { x: 1 } },
        { process: 1, type: 'invoke', f: 'write', value: { y: 1 } },
        { process: 2, type: 'invoke', f: 'read' },
        { process: 2, type: 'ok', f: 'read', value: { x: 1, y: 0 } },
        { process: 2, type: 'invoke', f: 'read' },
        { process: 2, type: 'ok', f: 'read', value: { x: 0, y: 1 } },
      ),
    },
  },
  mutex: {
    good: { 'acquisitions alternate with releases': concurrent(['acquire', null], ['acquire', null], ['release', null]) },
    bad: {
      'it is held twice': sequential(['acquire', null], ['acquire', null]),
      'it is released while free': sequential(['release', null]),
    },
  },
  'owner-mutex': {
    good: { 'its holder releases it': sequential(['acquire', 'a'], ['release', 'a'], ['acquire', 'b']) },
    bad: { 'another releases it': sequential(['acquire', 'a'], ['release', 'b']) },
  },
  'fenced-mutex': {
    good: { 'tokens grow': sequential(['acquire', null, 1], ['release', 1], ['acquire', null, 3]) },
    bad: {
      'a token comes twice': sequential(['acquire', null, 1], ['release', 1], ['acquire', null, 1]),
      'a release with an old token': sequential(['acquire', null, 1], ['release', 1], ['acquire', null, 2], ['release', 1]),
    },
  },
  counter: {
    good: { 'reads see the sum': concurrent(['add', 2], ['inc', null], ['read', null, 2]) },
    bad: { 'an increment is lost': sequential(['inc', null], ['inc', null], ['read', null, 1]) },
  },
  set: {
    good: {
      'what was added is there': sequential(
        ['add', 1],
        ['add', 1],
        ['contains', 1, true],
        ['read', null, [1]],
        ['remove', 1],
        ['read', null, []],
      ),
    },
    bad: {
      'an element is lost': sequential(['add', 1], ['add', 2], ['read', null, [2]]),
      'a removed element is back': sequential(['add', 1], ['remove', 1], ['contains', 1, true]),
    },
  },
  'fifo-queue': {
    good: {
      'the oldest leaves first': sequential(
        ['enqueue', 1],
        ['enqueue', 2],
        ['dequeue', null, 1],
        ['dequeue', null, 2],
        ['dequeue', null, null],
      ),
    },
    bad: {
      'the younger overtakes': sequential(['enqueue', 1], ['enqueue', 2], ['dequeue', null, 2]),
      'two leave in the wrong order, one right after the other': sequential(
        ['enqueue', 1],
        ['enqueue', 2],
        ['dequeue', null, 2],
        ['dequeue', null, 1],
      ),
      'a value leaves twice': sequential(['enqueue', 1], ['dequeue', null, 1], ['dequeue', null, 1]),
      'it is empty though it is not': sequential(['enqueue', 1], ['dequeue', null, null]),
    },
  },
  'unordered-queue': {
    good: { 'any value may leave': sequential(['enqueue', 1], ['enqueue', 2], ['dequeue', null, 2], ['dequeue', null, 1]) },
    bad: { 'a value leaves twice': sequential(['enqueue', 1], ['enqueue', 2], ['dequeue', null, 2], ['dequeue', null, 2]) },
  },
  stack: {
    good: { 'the newest leaves first': sequential(['push', 1], ['push', 2], ['pop', null, 2], ['pop', null, 1], ['pop', null, null]) },
    bad: {
      'the older overtakes': sequential(['push', 1], ['push', 2], ['pop', null, 1]),
      'two leave in the wrong order, one right after the other': sequential(['push', 1], ['push', 2], ['pop', null, 1], ['pop', null, 2]),
    },
  },
  'append-log': {
    good: { 'offsets and reads agree': sequential(['append', 'a', 0], ['append', 'b', 1], ['read', 1, ['b']], ['read', null, ['a', 'b']]) },
    bad: {
      'an offset is given twice': sequential(['append', 'a', 0], ['append', 'b', 0]),
      'history is rewritten': sequential(['append', 'a'], ['read', null, ['a']], ['append', 'b'], ['read', null, ['b', 'a']]),
    },
  },
  'key-value': {
    good: { 'appends add up': sequential(['put', 'a'], ['append', 'b'], ['get', null, 'ab']) },
    bad: { 'an append is lost': sequential(['append', 'a'], ['append', 'b'], ['get', null, 'b']) },
  },
  'key-value-store': {
    good: { 'appends add up': sequential(['put', 'a'], ['append', 'b'], ['get', null, 'ab']) },
    bad: { 'a put is lost': sequential(['put', 'a'], ['get', null, '']) },
  },
  stock: {
    initial: 2,
    good: {
      'what is reserved is committed or comes back': sequential(
        ['reserve', order('p')],
        ['reserve', order('q')],
        ['release', order('q')],
        ['commit', order('p')],
        ['read', null, { available: 1, reserved: 0, sold: 1 }],
      ),
    },
    bad: {
      'more is reserved than there is': concurrent(['reserve', order('p', 2)], ['reserve', order('q')]),
      'a reservation is committed and released': concurrent(['reserve', order('p')], ['commit', order('p')], ['release', order('p')]),
      'stock leaks': sequential(['reserve', order('p')], ['release', order('p')], ['read', null, { available: 1, reserved: 0, sold: 0 }]),
    },
  },
};

describe.each(Object.keys(golden) as ModelName[])('a %s', (name) => {
  const { good, bad, initial } = golden[name];
  const verdictOf = (operations: readonly Operation[]) =>
    checkLinearizable(operations, { model: models[name] as Model<unknown>, initial, limits: { timeMs: 10_000, memoryBytes: 1e9 } });

  it.each(Object.entries(good))('accepts that %s', (_, operations) => {
    expect(verdictOf(operations)).toMatchObject({ verdict: 'valid' });
  });

  it.each(Object.entries(bad))('rejects that %s', (_, operations) => {
    const result = verdictOf(operations);
    expect(result).toMatchObject({ verdict: 'invalid' });
    expect(result.firstImpossible).toBeDefined();
    expect(result.minimal?.verified).toBe(true);
  });
});
