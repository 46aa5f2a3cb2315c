import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, type ReplicaCell } from '../../harness/history/index.ts';
import { clausesOf, evidenceOf, ledgerOf, trafficOf } from '../test-support/evidence.ts';
import { type Delivery, type LeaderCall, type Simulation, simulate } from '../test-support/simulated-replicas.ts';
import { checkFencing } from './index.ts';

/** Few distinct delays, so that equal times and long overtakings are both common. */
const delay = fc.constantFrom(0, 1, 2, 5, 20, 60);
const delivery: fc.Arbitrary<Delivery> = fc.record({
  fate: fc.constantFrom('answered', 'answered', 'answered', 'answer-lost', 'never-sent'),
  handOverDelay: delay,
  decisionDelay: delay,
  answerDelay: delay,
  durableEarly: fc.boolean(),
});
const simulation = (unfenced: ReadonlySet<number>): fc.Arbitrary<Simulation> =>
  fc.constantFrom([3, 2], [3, 1], [3, 3], [5, 3], [5, 2]).chain(([replicas = 3, readQuorum = 2]) =>
    fc.record({
      replicas: fc.constant(replicas),
      readQuorum: fc.constant(readQuorum),
      unfenced: fc.constant(unfenced),
      calls: fc.array(
        fc.record<LeaderCall>({
          kind: fc.constantFrom('replica-write', 'replica-write', 'replica-fence'),
          at: fc.integer({ min: 0, max: 100 }),
          token: fc.integer({ min: 1, max: 3 }),
          key: fc.constantFrom('order/a', 'order/b'),
          deliveries: fc.array(delivery, { minLength: replicas, maxLength: replicas }),
        }),
        { maxLength: 14 },
      ),
      restarts: fc.array(fc.record({ replica: fc.integer({ min: 0, max: replicas - 1 }), at: fc.integer({ min: 0, max: 150 }) }), {
        maxLength: 3,
      }),
    }),
  );

describe('fencing on simulated replicas', () => {
  it('never accuses replicas that fence, whatever the network and restarts do', () => {
    let staleArrivals = 0;
    let violations: readonly string[] = [];
    fc.assert(
      fc.property(simulation(new Set()), (run) => {
        const result = checkFencing(simulate(run));
        staleArrivals += result.examined['staleArrivals'] ?? 0;
        violations = clausesOf(result);
        expect(violations).toEqual([]);
      }),
      { numRuns: 1000 },
    );
    expect(staleArrivals).toBeGreaterThan(50);
  });

  it('finds a replica that does not fence whenever an acceptance of a stale write was seen', () => {
    let found = 0;
    fc.assert(
      fc.property(simulation(new Set([0])), (run) => {
        const evidence = simulate(run);
        const seen = evidence.traffic.some(
          (write) =>
            write.kind === 'replica-write' &&
            write.status === 200 &&
            evidence.traffic.some(
              (other) =>
                other.to === write.to &&
                other.status === 200 &&
                (other.fencingToken ?? 0) > (write.fencingToken ?? 0) &&
                (other.respondedAt ?? Number.POSITIVE_INFINITY) < (write.forwardedAt ?? 0),
            ),
        );
        const clauses = clausesOf(checkFencing(evidence));
        expect(clauses.includes('stale-write-accepted')).toBe(seen);
        if (seen) found += 1;
      }),
      { numRuns: 1000 },
    );
    expect(found).toBeGreaterThan(50);
  });
});

describe('fencing, final reads through every subset', () => {
  const subsets = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
    size === 0 ? [[]] : items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]));

  it('finds a hidden acknowledged write exactly where some read quorum, tried one by one, shows a lower token', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 6 }).chain((replicas) =>
          fc.record({
            readQuorum: fc.integer({ min: 1, max: replicas }),
            tokens: fc.array(fc.option(fc.integer({ min: 1, max: 3 })), { minLength: replicas, maxLength: replicas }),
          }),
        ),
        ({ readQuorum, tokens }) => {
          const replicas = tokens.map((_, at) => `replica-${at + 1}`);
          const cells = tokens.map((token, at): ReplicaCell => {
            const version = token === null ? null : ([token, 1, 'order'] as const);
            return { replica: `replica-${at + 1}`, key: 'order/a', version, value: token };
          });
          const shown = subsets(cells, readQuorum).map((subset) =>
            subset.reduce((newest, cell) => (compareVersions(cell.version, newest.version) > 0 ? cell : newest)),
          );
          const traffic = trafficOf(
            replicas.map((to) => ({
              kind: 'replica-write',
              from: 'order-2',
              to,
              token: 2,
              key: 'order/a',
              digest: 'd',
              at: 10,
              answeredAt: 20,
              status: 200,
            })),
          );
          const result = checkFencing(evidenceOf({ replicas, traffic, ledger: ledgerOf({ cells, readQuorum }) }));
          expect(clausesOf(result).includes('final-read-hides-acknowledged-write')).toBe(
            shown.some((cell) => (cell.version?.[0] ?? 0) < 2),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});
