/** A run in which a fault had no effect has shown nothing, whatever the fault was. */
import { describe, expect, test } from 'vitest';
import { checkEfficacy } from '../checkers/efficacy.ts';
import { evidenceOf } from '../checkers/test-support/evidence.ts';
import type { FaultRecord } from '../harness/history/index.ts';
import { nemeses } from './index.ts';
import { createWorld } from './test-support.ts';

const nothing = (): Promise<void> => Promise.resolve();
/** These have no faults of their own. */
const others: ReadonlySet<string> = new Set(['none', 'random-pair']);

describe.each(nemeses.filter(({ name }) => !others.has(name)))('$name', (nemesis) => {
  const verdictOf = (record: FaultRecord) => checkEfficacy(evidenceOf({ nemeses: [nemesis.name], faults: [record] })).verdict;

  test('makes a run unknown when signals go nowhere, nodes ignore what they are told, and nobody calls', async () => {
    const world = createWorld({
      driver: { kill: nothing, stop: nothing, pause: nothing, resume: nothing, restart: nothing },
      nodesIgnoreFaults: true,
    });
    // As the runner does with a fault that could not be carried through.
    const failed = (error: Error): FaultRecord => ({
      id: `${nemesis.name}-1`,
      nemesis: nemesis.name,
      targets: [],
      startedAt: 0,
      proofs: [{ claim: 'the fault was carried through', holds: false, detail: error.message }],
      facts: {},
    });
    const record = await world.inject(nemesis, {}).catch(failed);
    expect(verdictOf(record)).toBe('unknown');
    expect(world.rules.size).toBe(0);
  });
});
