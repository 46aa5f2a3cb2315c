import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { type Model, type ModelName, models } from '../models/index.ts';
import { checkLinearizable } from './index.ts';
import { oracle } from './testing/oracle.ts';
import { plainSearch } from './testing/plain-search.ts';
import { randomFrom, randomHistory, type Vocabulary } from './testing/random-history.ts';
import { vocabularies } from './testing/vocabularies.ts';

const limits = { timeMs: 60_000, memoryBytes: 1e9 };
const histories = Number(process.env['ORACLE_HISTORIES'] ?? 2_000);
/** Histories whose verdict was compared with that of an oracle. */
let compared = 0;

describe('the engine agrees with a brute-force oracle', () => {
  it.each(Object.keys(models) as ModelName[])('on random small histories of a %s', (name) => {
    const model = models[name] as Model<unknown>;
    const vocabulary = vocabularies[name];
    const seen = { valid: 0, invalid: 0, unknown: 0 };
    for (let seed = 1; seed <= 3 * histories; seed++) {
      const random = randomFrom(seed);
      // Brute force takes a time that grows with the factorial: the many are small, and some are not.
      const calls = 2 + random.below(seed % 8 === 0 ? 7 : 5);
      const history = randomHistory(model, vocabulary, random, { calls, processes: 1 + random.below(4) });
      const result = checkLinearizable(history, { model, initial: vocabulary.initial, limits });
      seen[result.verdict]++;
      if (result.verdict === 'unknown') {
        expect(result.reason?.kind, `seed ${seed}`).toBe('vacuous');
        continue;
      }
      compared++;
      const expected = oracle(history, model, vocabulary.initial) ? 'valid' : 'invalid';
      if (result.verdict !== expected) expect(result.verdict, `seed ${seed}: ${JSON.stringify(history)}`).toBe(expected);
    }
    expect(seen.valid).toBeGreaterThan(histories / 10);
    expect(seen.invalid).toBeGreaterThan(histories / 50);
  });
});

describe('monitors of distinct values', () => {
  /** Every value is put in once; anything may come out. */
  const distinct =
    (put: string, take: string): (() => Vocabulary) =>
    () => {
      let next = 0;
      return {
        invent: (random) => (random.below(2) === 0 ? { f: take, input: null } : { f: put, input: next++ }),
        outputs: (f) => (f === take ? [null, 0, 1, 2, 3, 4, 5] : [null]),
      };
    };
  const { asRegister: _register, ...registerSearched } = models.register;
  /** The same model, decided by the search. */
  const searched = ({ collection: _, ...model }: Model<unknown>): Model<unknown> => model;
  const queue = models['fifo-queue'] as Model<unknown>;
  const bag = models['unordered-queue'] as Model<unknown>;
  const stack = models.stack as Model<unknown>;

  it.each<[string, () => Vocabulary, Model<unknown>, Model<unknown>]>([
    ['register', distinct('write', 'read'), models.register, registerSearched],
    ['queue', distinct('enqueue', 'dequeue'), queue, searched(queue)],
    ['bag', distinct('enqueue', 'dequeue'), bag, searched(bag)],
    ['stack', distinct('push', 'pop'), stack, searched(stack)],
  ])(
    'of a %s agree with the oracle, and with the search on which return is the first that is impossible',
    (_, vocabulary, monitored, searchedModel) => {
      const seen = { valid: 0, invalid: 0, unknown: 0 };
      let byMonitor = 0;
      for (let seed = 1; seed <= 2 * histories; seed++) {
        const random = randomFrom(seed);
        const history = randomHistory(monitored, vocabulary(), random, {
          calls: 2 + random.below(6),
          processes: 1 + random.below(4),
          oneWrongIn: 4 + random.below(20),
        });
        const result = checkLinearizable(history, { model: monitored, limits, evidence: 'none' });
        seen[result.verdict]++;
        if (result.verdict === 'unknown') continue;
        if (result.examined.configurations === 0) byMonitor++;
        compared++;
        const bySearch = checkLinearizable(history, { model: searchedModel, limits, evidence: 'none' });
        const found = [result.verdict, result.firstImpossible?.completion];
        const expected = [oracle(history, monitored) ? 'valid' : 'invalid', bySearch.firstImpossible?.completion];
        if (found.join() !== expected.join()) expect(found, `seed ${seed}: ${JSON.stringify(history)}`).toEqual(expected);
      }
      expect(byMonitor).toBeGreaterThan(histories / 2);
      expect(seen.valid).toBeGreaterThan(histories / 8);
      expect(seen.invalid).toBeGreaterThan(histories / 8);
    },
  );
});

describe('the engine agrees with a search without reductions', () => {
  const names = (Object.keys(models) as ModelName[]).filter((name) => !['register', 'key-value', 'key-value-store'].includes(name));

  it.each(names)('on longer, crowded histories of a %s', (name) => {
    const model = models[name] as Model<unknown>;
    const vocabulary = vocabularies[name];
    const seen = { valid: 0, invalid: 0, unknown: 0 };
    // Without reductions the orders of a collection are soon too many.
    const most = model.name.includes('queue') || model.name === 'stack' ? 7 : 16;
    // The cas-register is where all the reductions meet.
    const seeds = name === 'cas-register' ? 4 * histories : histories / 4;
    for (let seed = 1; seed <= seeds; seed++) {
      const random = randomFrom(seed);
      const shape = { calls: 8 + random.below(most), processes: 2 + random.below(4), distinctTimes: true, oneWrongIn: 20, oneLostIn: 40 };
      const history = randomHistory(model, vocabulary, random, shape);
      const result = checkLinearizable(history, { model, initial: vocabulary.initial, limits });
      seen[result.verdict]++;
      if (result.verdict === 'unknown') continue;
      compared++;
      const expected = plainSearch(history, model, vocabulary.initial) ? 'valid' : 'invalid';
      if (result.verdict !== expected) expect(result.verdict, `seed ${seed}: ${JSON.stringify(history)}`).toBe(expected);
    }
    expect(seen.valid).toBeGreaterThan(histories / 40);
    expect(seen.invalid).toBeGreaterThan(histories / 100);
    expect(seen.unknown).toBeLessThan(histories / 40);
  });
});

describe('a correct cas-register is never accused', () => {
  const vocabulary: Vocabulary = {
    invent: (random) => {
      const f = random.pick(['read', 'write', 'cas']);
      return { f, input: f === 'read' ? null : f === 'write' ? random.below(4) : [random.below(4), random.below(4)] };
    },
    outputs: (f) => (f === 'read' ? [null, 0, 1, 2, 3] : [null]),
  };

  it.each([
    ['no answer', 1 << 30],
    ['one in 40 answers', 40],
  ])('by long histories of many clients, with %s lost', (_, oneLostIn) => {
    for (let seed = 1; seed <= histories / 2; seed++) {
      const random = randomFrom(seed);
      const shape = { calls: 300, processes: 4 + random.below(9), distinctTimes: true, oneWrongIn: 1 << 30, oneLostIn };
      const history = randomHistory(models['cas-register'], vocabulary, random, shape);
      const { verdict } = checkLinearizable(history, { model: models['cas-register'], limits });
      expect(verdict, `seed ${seed}`).toBe('valid');
    }
  });

  it('when a write of the value that is there lets another go unseen before a cas takes it away', () => {
    const history = [
      ['write', 0, 'invoke', 3],
      ['write', 0, 'ok', 3],
      ['write', 0, 'invoke', 1],
      ['write', 3, 'invoke', 2],
      ['cas', [0, 1], 'invoke', 3],
      ['cas', [0, 1], 'ok', 3],
      ['write', 0, 'ok', 1],
      ['write', 3, 'ok', 2],
      ['read', null, 'invoke', 2],
      ['read', 1, 'ok', 2],
    ].map(([f, value, type, process], index) => ({ index, time: index, f, value, type, process })) as Operation[];
    expect(oracle(history, models['cas-register'])).toBe(true);
    expect(checkLinearizable(history, { model: models['cas-register'], limits }).verdict).toBe('valid');
  });
});

it('at least 50,000 random histories were compared with an oracle', ({ skip, task }) => {
  // Not when only some of the tests above were asked for.
  if (task.file.tasks.some(({ mode }) => mode === 'skip')) skip();
  expect(compared).toBeGreaterThan(50_000);
});
