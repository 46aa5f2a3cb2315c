import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { type Model, type ModelName, models } from '../models/index.ts';
import { checkLinearizable } from './index.ts';
import { randomFrom, randomHistory } from './testing/random-history.ts';
import { vocabularies } from './testing/vocabularies.ts';

const limits = { timeMs: 60_000, memoryBytes: 1e9 };
const register = models['cas-register'] as Model<unknown>;

function verdict(operations: readonly Operation[], model: Model<unknown> = register, initial?: unknown): string {
  return checkLinearizable(operations, { model, initial, limits }).verdict;
}

/** Histories of a cas-register, by seed, so that a failure names the one number that reproduces it. */
const histories = fc.integer({ min: 1, max: 1 << 30 }).map((seed) => {
  const random = randomFrom(seed);
  return randomHistory(register, vocabularies['cas-register'], random, {
    calls: 5 + random.below(40),
    processes: 1 + random.below(6),
    oneWrongIn: 40,
  });
});

const reindexed = (operations: readonly Operation[]): Operation[] => operations.map((operation, index) => ({ ...operation, index }));

describe('the verdict', () => {
  it('does not depend on what the clients are called', () => {
    fc.assert(
      fc.property(histories, (operations) => {
        const renamed = operations.map((operation) => ({ ...operation, process: 1_000_000 - Number(operation.process) }));
        expect(verdict(renamed)).toBe(verdict(operations));
      }),
    );
  });

  it('does not depend on the unit of time, or on when time began', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 1000 }), fc.integer({ min: -1e6, max: 1e6 }), (operations, factor, shift) => {
        expect(verdict(operations.map((operation) => ({ ...operation, time: operation.time * factor + shift })))).toBe(verdict(operations));
      }),
    );
  });

  it('does not depend on which values are written, as long as different ones stay different', () => {
    const rename = (value: unknown): unknown => (Array.isArray(value) ? value.map(rename) : { value: `значение ${String(value)}` });
    fc.assert(
      fc.property(histories, (operations) => {
        const renamed = operations.map((operation) => {
          const asks = operation.type === 'invoke' && operation.f === 'read';
          return {
            ...operation,
            value: asks || (operation.f !== 'read' && operation.type !== 'invoke') ? operation.value : rename(operation.value),
          };
        });
        expect(verdict(renamed, register, rename(null))).toBe(verdict(operations));
      }),
    );
  });

  it('is that of the parts, when histories of several keys are woven together', () => {
    fc.assert(
      fc.property(fc.tuple(histories, histories), ([a, b]) => {
        const keyed = [a, b].flatMap((operations, key) =>
          operations.map((operation) => ({ ...operation, key: `key-${key}`, process: 2 * Number(operation.process) + key })),
        );
        const woven = reindexed(keyed.sort((x, y) => x.time - y.time));
        const expected = [verdict(a), verdict(b)];
        expect(verdict(woven)).toBe(expected.includes('invalid') ? 'invalid' : expected.includes('valid') ? 'valid' : 'unknown');
      }),
    );
  });

  it('stays valid when a read is taken out, or an outcome is forgotten', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (operations, choice) => {
        fc.pre(verdict(operations) === 'valid');
        const completions = operations.filter((operation) => operation.type === 'ok');
        const chosen = completions[choice % completions.length] as Operation;
        // Forgetting an outcome retires the process; what it does afterwards is done by another.
        const forgotten = operations
          .filter((operation) => operation !== chosen)
          .map((operation) =>
            operation.process === chosen.process && operation.index > chosen.index ? { ...operation, process: 1_000 } : operation,
          );
        expect(['valid', 'unknown']).toContain(verdict(reindexed(forgotten)));
      }),
    );
  });

  it('stays invalid when more happens later', () => {
    fc.assert(
      fc.property(histories, histories, (operations, more) => {
        fc.pre(verdict(operations) === 'invalid');
        // At the same instant it would be concurrent.
        const end = (operations.at(-1)?.time ?? 0) + 1;
        const later = more.map((operation) => ({ ...operation, process: Number(operation.process) + 1_000, time: operation.time + end }));
        expect(verdict(reindexed([...operations, ...later]))).toBe('invalid');
      }),
    );
  });
});

describe('a correct object', () => {
  it.each(Object.keys(models) as ModelName[])('that is a %s is never accused, however crowded', (name) => {
    const model = models[name] as Model<unknown>;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1 << 30 }), (seed) => {
        const random = randomFrom(seed);
        const shape = { calls: 10 + random.below(40), processes: 1 + random.below(5), oneWrongIn: 1 << 30, oneLostIn: 20 };
        const operations = randomHistory(model, vocabularies[name], random, shape);
        const result = checkLinearizable(operations, {
          model,
          initial: vocabularies[name].initial,
          limits: { timeMs: 300, memoryBytes: 1e9 },
        });
        expect(result.verdict).not.toBe('invalid');
      }),
      { numRuns: 50 },
    );
  });
});
