/** What clients do to each model, with few enough values that they collide. */
import type { ModelName } from '../../models/index.ts';
import type { Random, Vocabulary } from './random-history.ts';

const small = [0, 1, 2];
const lists = (values: readonly unknown[]): unknown[][] => [
  [],
  ...values.map((value) => [value]),
  ...values.flatMap((a) => values.map((b) => [a, b])),
];
const maybeKey = (random: Random): { readonly key?: string } => random.pick([{}, { key: 'a' }, { key: '__proto__' }]);

const registerCall = (random: Random, fs: readonly string[]) => {
  const f = random.pick(fs);
  const input = f === 'read' ? null : f === 'write' ? random.pick(small) : [random.pick([null, ...small]), random.pick(small)];
  return { f, input };
};

export const vocabularies: Readonly<Record<ModelName, Vocabulary>> = {
  register: { invent: (random) => ({ ...registerCall(random, ['read', 'write']), ...maybeKey(random) }), outputs: () => [null, ...small] },
  'cas-register': {
    invent: (random) => registerCall(random, ['read', 'write', 'cas']),
    outputs: (f) => (f === 'read' ? [null, ...small] : [null]),
  },
  'multi-register': {
    invent: (random) =>
      random.below(2) === 0
        ? { f: 'read', input: null }
        : {
            f: 'write',
            input: random.pick([{ x: random.pick(small) }, { y: random.pick(small) }, { x: random.pick(small), y: random.pick(small) }]),
          },
    outputs: (f) => (f === 'read' ? small.flatMap((x) => small.map((y) => ({ x, y }))) : [null]),
    initial: { x: 0, y: 0 },
  },
  mutex: { invent: (random) => ({ f: random.pick(['acquire', 'release']), input: null }), outputs: () => [null] },
  'owner-mutex': {
    invent: (random) => ({ f: random.pick(['acquire', 'release']), input: random.pick(['a', 'b']) }),
    outputs: () => [null],
  },
  'fenced-mutex': {
    invent: (random) => {
      const f = random.pick(['acquire', 'release']);
      return { f, input: f === 'acquire' ? null : random.pick([null, 1, 2, 3]) };
    },
    outputs: (f) => (f === 'acquire' ? [1, 2, 3, 4] : [null]),
  },
  counter: {
    invent: (random) =>
      random.pick([
        { f: 'add', input: 2 },
        { f: 'inc', input: null },
        { f: 'dec', input: null },
        { f: 'read', input: null },
      ]),
    outputs: (f) => (f === 'read' ? [-1, 0, 1, 2, 3, 4] : [null]),
  },
  set: {
    invent: (random) => {
      const f = random.pick(['add', 'remove', 'contains', 'read']);
      return { f, input: f === 'read' ? null : random.pick(small) };
    },
    outputs: (f) => (f === 'read' ? [...lists(small), [0, 1, 2]] : f === 'contains' ? [true, false] : [null]),
  },
  'fifo-queue': {
    invent: (random) =>
      random.pick([
        { f: 'enqueue', input: random.pick(small) },
        { f: 'dequeue', input: null },
      ]),
    outputs: (f) => (f === 'dequeue' ? [null, ...small] : [null]),
  },
  'unordered-queue': {
    invent: (random) =>
      random.pick([
        { f: 'enqueue', input: random.pick(small) },
        { f: 'dequeue', input: null },
      ]),
    outputs: (f) => (f === 'dequeue' ? [null, ...small] : [null]),
  },
  stack: {
    invent: (random) =>
      random.pick([
        { f: 'push', input: random.pick(small) },
        { f: 'pop', input: null },
      ]),
    outputs: (f) => (f === 'pop' ? [null, ...small] : [null]),
  },
  'append-log': {
    invent: (random) =>
      random.pick([
        { f: 'append', input: random.pick(small) },
        { f: 'read', input: random.pick([null, 1]) },
      ]),
    outputs: (f) => (f === 'read' ? lists(small) : [null, 0, 1, 2]),
  },
  'key-value': {
    invent: (random) => {
      const f = random.pick(['get', 'put', 'append']);
      return { f, input: f === 'get' ? null : random.pick(['a', 'b', '']), key: random.pick(['x', 'y']) };
    },
    outputs: (f) => (f === 'get' ? ['', 'a', 'b', 'aa', 'ab', 'ba', 'bb'] : [null]),
  },
  'key-value-store': {
    invent: (random) => {
      const f = random.pick(['get', 'put', 'append']);
      return { f, input: f === 'get' ? null : random.pick(['a', 'b']), key: random.pick(['x', 'y']) };
    },
    outputs: (f) => (f === 'get' ? ['', 'a', 'b', 'aa', 'ab', 'ba', 'bb'] : [null]),
  },
  stock: {
    invent: (random) => {
      const f = random.pick(['reserve', 'release', 'commit', 'read']);
      return { f, input: f === 'read' ? null : { orderId: random.pick(['p', 'q']), quantity: random.pick([1, 2]) } };
    },
    outputs: (f) =>
      f === 'read'
        ? [0, 1, 2].flatMap((reserved) => [0, 1, 2].map((sold) => ({ available: 2 - reserved - sold, reserved, sold })))
        : [null],
    initial: 2,
  },
};
