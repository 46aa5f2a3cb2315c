import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type HistoryReading, readHistoryFile } from '../../harness/history/formats/index.ts';
import { type Model, modelNamed, models } from '../models/index.ts';
import { checkLinearizable } from './index.ts';
import type { LinearizabilityOptions } from './result.ts';

/** Real histories with known verdicts. They are not part of this project: set SEAMPROOF_CORPORA, or put them beside it. */
const corpora = process.env['SEAMPROOF_CORPORA'] ?? path.resolve(import.meta.dirname, '../../../shared/corpora');
const present = existsSync(path.join(corpora, 'etcd/verdicts.json'));
const required = process.env['CI'] === 'true' || process.env['CI_REQUIRE_ALL'] === '1';
const limits = { timeMs: 60_000, memoryBytes: 1e9 };

function verdicts<T>(folder: string): Readonly<Record<string, T>> {
  return JSON.parse(readFileSync(path.join(corpora, folder, 'verdicts.json'), 'utf8'));
}

type Options = Omit<LinearizabilityOptions<unknown>, 'limits'>;

async function verdictOf(file: string, options: Options): Promise<{ readonly verdict: string; readonly reading: HistoryReading }> {
  const reading = await readHistoryFile(path.join(corpora, file));
  const result = checkLinearizable(reading.operations, { ...options, limits });
  if (result.verdict !== 'unknown') return { verdict: result.verdict, reading };
  // A history in which nothing completed breaks no promise; the corpora call it valid, we say that it shows nothing.
  return { verdict: result.reason?.kind === 'vacuous' ? 'vacuous' : `unknown: ${result.summary}`, reading };
}

if (!present) {
  console.log(`SKIPPED: the corpora of real histories are not at ${corpora}; set SEAMPROOF_CORPORA to where they are.`);
  it.runIf(required)('the corpora of real histories are there, since this run requires everything', () => {
    expect(present).toBe(true);
  });
}

describe.runIf(present)('real histories get the verdicts that are known for them', () => {
  it('on every run against etcd', async () => {
    const expected = verdicts<string>('etcd');
    const found: Record<string, string> = {};
    for (const file of Object.keys(expected))
      found[file] = (await verdictOf(`etcd/${file}`, { model: models['cas-register'] as Model<unknown> })).verdict;
    expect(found).toEqual(expected);
    expect(Object.keys(found)).toHaveLength(readdirSync(path.join(corpora, 'etcd')).filter((file) => file.endsWith('.log')).length);
  });

  it('on the histories of MongoDB, RethinkDB and others that come with Knossos', async () => {
    const initial: Readonly<Record<string, unknown>> = { 'cas-register': 0, 'multi-register': { x: 0, y: 0 }, mutex: undefined };
    const found: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [file, { model, verdict }] of Object.entries(verdicts<{ model: string; verdict: string }>('knossos'))) {
      const result = await verdictOf(`knossos/${file}`, {
        model: modelNamed(model) as Model<unknown>,
        initial: initial[model],
        nilReads: 'any',
      });
      found[file] = result.verdict;
      const says = result.reading.operations.some((operation) => operation.process !== 'nemesis' && operation.type === 'ok');
      expected[file] = says ? verdict : 'vacuous';
    }
    expect(found).toEqual(expected);
    expect(Object.values(found).filter((verdict) => verdict === 'vacuous')).toHaveLength(2);
  });

  it('on the key-value histories, each key alone and all keys in one state', async () => {
    const expected = verdicts<string>('kv');
    for (const [file, verdict] of Object.entries(expected)) {
      expect((await verdictOf(`kv/${file}`, { model: models['key-value'] as Model<unknown> })).verdict, file).toBe(verdict);
      if (file.startsWith('c50')) continue;
      expect(
        (await verdictOf(`kv/${file}`, { model: models['key-value-store'] as Model<unknown> })).verdict,
        `${file}, unpartitioned`,
      ).toBe(verdict);
    }
  });
});
