import { describe, expect, it } from 'vitest';
import { bugs } from '../bugs/index.ts';
import { components } from '../components.ts';
import { seededRandom } from '../runtime/virtual/random.ts';
import type { CallPlan, Fate } from '../runtime/virtual.ts';
import { type ListOperation, listViolations } from '../test-support/append-list.ts';
import { type ClusterOptions, startCluster } from '../test-support/cluster.ts';
import type { ChangeOutcome, Registers } from './index.ts';

const key = 'register/list';
const asList = (value: unknown): readonly string[] => (value ?? []) as readonly string[];

function append(
  registers: Registers,
  id: string,
  options: { deadlineMs: number; onlyAtLength?: number },
): Promise<ChangeOutcome<readonly string[] | undefined>> {
  const { deadlineMs, onlyAtLength } = options;
  return registers.change<readonly string[] | undefined>(
    key,
    (value) => {
      const list = asList(value);
      if (onlyAtLength !== undefined && list.length !== onlyAtLength) return { kind: 'keep', result: undefined };
      const next = [...list, id];
      return { kind: 'set', value: next, result: next };
    },
    { deadlineMs },
  );
}

const badFates: readonly Fate[] = ['request-dropped', 'response-dropped', 'request-broken', 'response-broken', 'duplicated'];

interface Run {
  readonly violations: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
}

/**
 * Three proposers append to one list and read it while messages are lost, delayed and doubled, replicas and proposers crash and come back;
 * then all is healed and the list is read once more.
 */
async function stormyRun(options: ClusterOptions & { readonly calm?: boolean }): Promise<Run> {
  const cluster = await startCluster({ syncMs: 1, replicaTimeoutMs: 60, compactBytesMin: 3_000, ...options });
  const { world, replicas } = cluster;
  const random = seededRandom(options.seed, 'storm');
  const upTo = (n: number): number => Math.floor(random.uniform() * n);
  const stormEndsMs = 1_200;
  const deadlineMs = options.calm === true ? 2_000 : 250;
  const inStorm = (): boolean => options.calm !== true && world.nowMs() < stormEndsMs;
  world.network.planCall = (): CallPlan => {
    if (!inStorm()) return { requestMs: 1 + upTo(4), responseMs: 1 + upTo(4) };
    const fate = random.uniform() < 0.12 ? badFates[upTo(badFates.length)] : undefined;
    const slow = random.uniform() < 0.1 ? 80 : 12;
    return { requestMs: 1 + upTo(slow), responseMs: 1 + upTo(slow), ...(fate === undefined ? {} : { fate }) };
  };

  const operations: ListOperation[] = [];
  const outcomes: Record<string, number> = {};
  let operationCount = 0;
  const record = async (
    kind: ListOperation['kind'],
    id: string,
    run: Promise<ChangeOutcome<readonly string[] | undefined>>,
  ): Promise<number | undefined> => {
    const invokedMs = world.nowMs();
    const slot = operations.push({ id, kind, invokedMs, returnedMs: Number.POSITIVE_INFINITY, outcome: 'unknown' }) - 1;
    const outcome = await run;
    const label = outcome.kind === 'done' && outcome.result === undefined ? 'kept' : outcome.kind;
    outcomes[`${kind} ${label}`] = (outcomes[`${kind} ${label}`] ?? 0) + 1;
    const list = outcome.kind === 'done' ? outcome.result : undefined;
    const told = { id, kind, invokedMs, returnedMs: world.nowMs() };
    if (label === 'indeterminate') operations[slot] = { ...told, outcome: 'unknown' };
    else operations[slot] = list === undefined ? { ...told, outcome: 'refused' } : { ...told, outcome: 'done', list };
    return list?.length;
  };
  const read = async (registers: Registers): Promise<ChangeOutcome<readonly string[]>> => {
    const outcome = await registers.read(key, { deadlineMs });
    return outcome.kind === 'done' ? { ...outcome, result: asList(outcome.result) } : outcome;
  };
  const client = async (name: string): Promise<void> => {
    const { timers } = cluster.node(name).runtime;
    const registers = cluster.registersOn(name);
    let lastSeen: number | undefined;
    while (world.nowMs() < stormEndsMs + 100) {
      const id = `${name}.${operationCount++}`;
      const dice = random.uniform();
      if (dice < 0.4) lastSeen = (await record('read', id, read(registers))) ?? lastSeen;
      else if (dice < 0.7) lastSeen = (await record('append', id, append(registers, id, { deadlineMs }))) ?? lastSeen;
      else lastSeen = (await record('append', id, append(registers, id, { deadlineMs, onlyAtLength: lastSeen ?? 0 }))) ?? lastSeen;
      await timers.sleep(upTo(15));
    }
  };
  const proposers = ['proposer-1', 'proposer-2', 'proposer-3'];
  for (const name of proposers) void client(name);

  const tails = ['lost', 'cut', 'garbled'] as const;
  while (inStorm()) {
    await world.advance(60 + upTo(120));
    if (!inStorm()) break;
    const victim = replicas[upTo(replicas.length)] as string;
    if (random.uniform() < 0.7) {
      cluster.crash(victim, tails[upTo(3)] ?? 'lost');
      await world.advance(upTo(100));
      await world.until(cluster.startReplica(victim));
    } else {
      const proposer = proposers[upTo(3)] as string;
      cluster.node(proposer).crash();
      void client(proposer);
    }
  }
  await world.advance(stormEndsMs + 100 + 2 * deadlineMs - world.nowMs());
  const final = await world.until(cluster.registersOn('reader').read(key, { deadlineMs: 5_000 }));
  if (final.kind !== 'done') throw new Error(`the final read is ${final.kind}`);
  return { violations: listViolations(operations, asList(final.result)), outcomes };
}

describe('the list checker', () => {
  const done = { outcome: 'done', kind: 'append' } as const;
  it.each<[string, readonly ListOperation[], readonly string[]]>([
    ['an acknowledged append that is lost', [{ ...done, id: 'a', invokedMs: 0, returnedMs: 1, list: ['a'] }], []],
    ['an append that took effect twice', [], ['a', 'a']],
    ['a refused append that took effect', [{ ...done, id: 'a', invokedMs: 0, returnedMs: 1, outcome: 'refused' }], ['a']],
    ['a read of what never was', [{ id: 'r', kind: 'read', outcome: 'done', invokedMs: 0, returnedMs: 1, list: ['b'] }], ['a', 'b']],
    [
      'a stale read',
      [
        { ...done, id: 'a', invokedMs: 0, returnedMs: 1 },
        { id: 'r', kind: 'read', outcome: 'done', invokedMs: 2, returnedMs: 3, list: [] },
      ],
      ['a'],
    ],
    [
      'a read that goes back',
      [
        { id: 'r1', kind: 'read', outcome: 'done', invokedMs: 0, returnedMs: 1, list: ['a'] },
        { id: 'r2', kind: 'read', outcome: 'done', invokedMs: 2, returnedMs: 3, list: [] },
      ],
      ['a'],
    ],
    [
      'a read of the future',
      [
        { id: 'r', kind: 'read', outcome: 'done', invokedMs: 0, returnedMs: 1, list: ['a'] },
        { ...done, id: 'a', invokedMs: 2, returnedMs: 3 },
      ],
      ['a'],
    ],
  ])('notices %s', (_what, operations, final) => {
    expect(listViolations(operations, final)).not.toEqual([]);
  });
});

describe('quorum registers under lost, late and doubled messages and crashes of everybody', () => {
  const sizes: readonly { readonly replicas: number; readonly read: number; readonly write: number; readonly seeds: number }[] = [
    { replicas: 3, read: 2, write: 2, seeds: 100 },
    { replicas: 3, read: 1, write: 3, seeds: 30 },
    { replicas: 3, read: 3, write: 1, seeds: 30 },
    { replicas: 5, read: 3, write: 3, seeds: 25 },
    { replicas: 5, read: 2, write: 4, seeds: 25 },
  ];
  it.each(sizes)(
    'are linearizable with $replicas replicas, R = $read, W = $write',
    { timeout: 120_000 },
    async ({ replicas, read, write, seeds }) => {
      const outcomes = new Map<string, number>();
      for (let seed = 1; seed <= seeds; seed += 1) {
        const run = await stormyRun({ seed, replicas, quorum: { read, write } });
        expect(run.violations, `seed ${seed}`).toEqual([]);
        for (const [label, count] of Object.entries(run.outcomes)) outcomes.set(label, (outcomes.get(label) ?? 0) + count);
      }
      // The storm must be one: each way to end came up.
      for (const label of ['read done', 'append done', 'append kept', 'append indeterminate', 'append unavailable'])
        expect(outcomes.get(label) ?? 0, label).toBeGreaterThan(0);
    },
  );

  it.each([
    'quorum-not-intersecting',
    'read-no-write-back',
    'read-one-replica',
    'forgets-unfinished-accepts',
    'retried-change-applied-twice',
  ])('are not with the bug %s, which the same run notices', { timeout: 60_000 }, async (name) => {
    const bug = bugs.find((candidate) => candidate.name === name);
    const { chooseQuorum, proposerRules } = bug?.apply(components, 'order-1') ?? components;
    let seedsCaught = 0;
    for (let seed = 1; seed <= 60 && seedsCaught < 2; seed += 1) {
      const { violations } = await stormyRun({ seed, quorum: chooseQuorum({ read: 2, write: 2 }, 3), rules: proposerRules });
      if (violations.length > 0) seedsCaught += 1;
    }
    expect(seedsCaught).toBe(2);
  });

  it('lose nothing and refuse nothing when nothing fails', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { violations, outcomes } = await stormyRun({ seed, calm: true });
      expect(violations).toEqual([]);
      expect(Object.keys(outcomes).sort()).toEqual(['append done', 'append kept', 'read done']);
    }
  });
});
