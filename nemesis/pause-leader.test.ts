import { describe, expect, test } from 'vitest';
import { pauseLeader } from './faults/pause-leader.ts';
import { allHold, createWorld, type World, type WorldOptions } from './test-support.ts';

/** A lease that runs out 2.5 s after its holder was paused, a successor that fences every replica half a second later, and writes of both. */
interface TermOptions extends WorldOptions {
  readonly hasSuccessor?: boolean;
  /** Replicas the successor reaches; all by default. */
  readonly reaches?: readonly string[];
  /** How long the successor only fences before it writes. */
  readonly hesitatesMs?: number;
  /** A replica that is down once the successor leads. */
  readonly down?: string;
}

function createTerm(options: TermOptions = {}): World {
  const tokens = new Map<string, number>();
  let pausedAtMs = Number.POSITIVE_INFINITY;
  const succeeded = (): boolean => options.hasSuccessor !== false && world.nowMs() >= pausedAtMs + 2500;
  const world: World = createWorld({
    ...options,
    target: {
      leader: async () => (succeeded() ? { node: 'order-2', token: 2 } : { node: 'order-1', token: 1 }),
      replicaTokens: async () => tokens,
      ...options.target,
    },
  });
  const { replicas } = world.context.target;
  let written = 0;
  world.every(20, () => {
    if (world.states.get('order-1') === 'paused') pausedAtMs = Math.min(pausedAtMs, world.nowMs());
    const leads = succeeded() ? { node: 'order-2', token: 2 } : { node: 'order-1', token: 1 };
    if (world.states.get(leads.node) !== 'running') return;
    written += 1;
    for (const to of replicas) {
      const key = written % 5 === 1 ? 'lease/orders' : `order/${written}`;
      const admits = (): number => {
        const highest = tokens.get(to) ?? 1;
        if (leads.token > highest) tokens.set(to, leads.token);
        return leads.token >= highest ? 200 : 412;
      };
      if (leads.token === 1 || options.reaches === undefined || options.reaches.includes(to)) {
        const kind =
          leads.token === 2 && world.nowMs() < pausedAtMs + 2500 + (options.hesitatesMs ?? 0) ? 'replica-fence' : 'replica-write';
        const isRefused = (): boolean => to === options.down && succeeded() && leads.token === 1;
        void world.call({ from: leads.node, to, kind, key, fencingToken: leads.token, body: key, status: admits, isRefused });
      }
    }
  });
  return world;
}

describe('pause-leader', () => {
  test('lets stale writes arrive at every replica after the successor wrote, and proves it step by step', async () => {
    const world = createTerm();
    const record = await world.inject(pauseLeader);
    expect(record.proofs.filter(({ holds }) => !holds)).toEqual([]);
    expect(record.targets).toEqual(['order-1']);
    expect(record.facts).toMatchObject({ scope: 'orders', oldLeader: 'order-1', oldToken: 1, newLeader: 'order-2', newToken: 2 });
    const stale = world.records.filter(({ faults }) => faults.includes('held'));
    expect(new Set(stale.map(({ to }) => to)).size).toBe(3);
    for (const { status, forwardedAt } of stale) {
      expect(status).toBe(412);
      expect(forwardedAt).toBeGreaterThanOrEqual(Number(record.facts['resumedAt']));
    }
    const firstOfSuccessor = world.records.find(({ fencingToken, status }) => fencingToken === 2 && status === 200);
    expect(firstOfSuccessor?.endedAt).toBeLessThan(Number(record.facts['releasedAt']));
    expect(world.verbs).toEqual(['pause order-1', 'resume order-1']);
    expect(world.rules.size).toBe(0);
  });

  test('holds writes of several objects for every replica before it pauses', async () => {
    const world = createTerm();
    const { facts } = await world.inject(pauseLeader);
    const held = facts['held'] as readonly { readonly edge: string; readonly key: string }[];
    for (const replica of world.context.target.replicas) {
      const keys = held.filter(({ edge, key }) => edge.endsWith(replica) && !key.startsWith('lease/')).map(({ key }) => key);
      expect(new Set(keys).size).toBeGreaterThanOrEqual(3);
    }
  });

  test('holds nothing but what was written under the token of the leader it pauses', async () => {
    const world = createTerm();
    world.every(30, () => void world.call({ from: 'order-1', to: 'replica-1', kind: 'replica-write', key: 'k', fencingToken: 9 }));
    await world.inject(pauseLeader);
    expect(world.records.filter(({ fencingToken, faults }) => fencingToken === 9 && faults.length > 0)).toEqual([]);
  });

  test('waits for a write of a successor that takes its time', async () => {
    const world = createTerm({ hesitatesMs: 2000 });
    const record = await world.inject(pauseLeader);
    expect(allHold(record)).toBe(true);
    expect(Number(record.facts['releasedAt'])).toBeGreaterThan(Number(record.facts['successorAt']) + 1900e6);
  });

  test('does not take a write that one replica accepted for an acknowledged one', async () => {
    const record = await createTerm({ reaches: ['replica-1'] }).inject(pauseLeader);
    expect(record.proofs.find(({ claim }) => claim.includes('was acknowledged'))).toMatchObject({ holds: false });
  });

  test('proves no arrival at a replica that was down when the stale writes came', async () => {
    const record = await createTerm({ down: 'replica-3' }).inject(pauseLeader);
    expect(record.proofs.filter(({ holds }) => !holds).map(({ claim }) => claim)).toEqual(['a stale write reached replica-3']);
  });

  test('stays paused longer when asked to', async () => {
    const [short, long] = [createTerm(), createTerm()];
    await short.inject(pauseLeader);
    await long.inject(pauseLeader, { holdMs: 5000 });
    expect(long.nowMs() - short.nowMs()).toBe(5000);
  });

  test('can restart every replica before the stale writes arrive', async () => {
    const world = createTerm();
    const record = await world.inject(pauseLeader, { restartReplicas: true });
    expect(allHold(record)).toBe(true);
    expect(world.verbs).toEqual([
      'pause order-1',
      ...['replica-1', 'replica-2', 'replica-3'].flatMap((replica) => [`kill ${replica}`, `restart ${replica}`]),
      'resume order-1',
    ]);
  });

  test('proves nothing when nobody takes over, and resumes the leader all the same', async () => {
    const world = createTerm({ hasSuccessor: false });
    const record = await world.inject(pauseLeader);
    expect(record.proofs.find(({ claim }) => claim.includes('took over'))).toMatchObject({ holds: false });
    expect(world.states.get('order-1')).toBe('running');
  });

  test('proves nothing of a successor whose token one replica never heard of', async () => {
    const world = createTerm({ reaches: ['replica-1', 'replica-2'] });
    const record = await world.inject(pauseLeader);
    expect(record.proofs.find(({ claim }) => claim.includes('every replica knows'))).toMatchObject({ holds: false });
  });

  test('proves nothing when the leader did not stop', async () => {
    const record = await createTerm({ driver: { pause: () => Promise.resolve() }, hasSuccessor: true }).inject(pauseLeader);
    expect(record.proofs[0]).toMatchObject({ claim: 'order-1 was stopped', holds: false });
  });

  test('proves nothing, and hits nobody, while nobody leads', async () => {
    const record = await createWorld({ target: { leader: () => Promise.resolve(undefined) } }).inject(pauseLeader);
    expect(record).toMatchObject({ targets: [], proofs: [{ holds: false, detail: 'no leader was found' }] });
  });

  test('resumes and lets go at once when the run is stopped', async () => {
    const world = createTerm();
    world.at(1000, () => world.abort());
    const record = await world.inject(pauseLeader);
    expect(world.states.get('order-1')).toBe('running');
    expect(world.rules.size).toBe(0);
    expect(allHold(record)).toBe(false);
    expect(Number(record.facts['releasedAt'])).toBe(1000e6);
  });
});
