import { describe, expect, it } from 'vitest';
import { seededRandom } from '../runtime/virtual/random.ts';
import type { CallPlan } from '../runtime/virtual.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../test-support/cluster.ts';
import { Elector, electionRules, leaseTiming, type Term } from './index.ts';
import { candidateMayTakeAtMs, holderStopsAtMs } from './lease.ts';

const leaseMs = 1_000;
const timing = leaseTiming(leaseMs);

interface Act {
  readonly node: string;
  readonly token: number;
  readonly atMs: number;
}

interface Candidates {
  readonly cluster: Cluster;
  readonly electors: Map<string, Elector>;
  /** Terms in the order they began. */
  readonly terms: { readonly node: string; readonly term: Term; readonly fencedReplicas: number }[];
  /** What nodes did in the belief that they lead: something every few milliseconds. */
  readonly acts: Act[];
  start(node: string): Elector;
  leader(): string | undefined;
  untilLed(limitMs?: number): Promise<string>;
}

async function candidates(names: readonly string[], options: ClusterOptions): Promise<Candidates> {
  const cluster = await startCluster({ replicaTimeoutMs: 200, ...options });
  const { world } = cluster;
  const electors = new Map<string, Elector>();
  const terms: Candidates['terms'] = [];
  const acts: Act[] = [];
  const leader = (): string | undefined => [...electors].find(([, elector]) => elector.term() !== undefined)?.[0];
  const start = (node: string): Elector => {
    const { runtime } = cluster.node(node);
    const elector = new Elector(runtime, {
      scope: 'orders',
      node,
      registers: cluster.registersOn(node),
      timing,
      rules: electionRules,
      onElected: (term) => {
        const fencedReplicas = cluster.replicas.filter(
          (replica) => (cluster.acceptor(replica).fences()['orders'] ?? 0) >= term.fence.token,
        ).length;
        terms.push({ node, term, fencedReplicas });
      },
    });
    electors.set(node, elector);
    elector.start();
    void (async () => {
      for (;;) {
        await runtime.timers.sleep(7);
        const term = elector.term();
        if (term !== undefined) acts.push({ node, token: term.fence.token, atMs: world.nowMs() });
      }
    })();
    return elector;
  };
  for (const name of names) start(name);
  const untilLed = async (limitMs = 10 * leaseMs): Promise<string> => {
    const giveUpAtMs = world.nowMs() + limitMs;
    for (;;) {
      const leading = leader();
      if (leading !== undefined) return leading;
      if (world.nowMs() > giveUpAtMs) throw new Error(`nobody leads after ${limitMs} ms`);
      await world.advance(5);
    }
  };
  return { cluster, electors, terms, acts, start, leader, untilLed };
}

const names = ['order-1', 'order-2', 'order-3'];

/** Tokens taken, in the order of the log. */
const tokensTaken = ({ cluster }: Candidates): readonly number[] =>
  cluster.world.logs.filter(({ event }) => event === 'leader.elected').map(({ fields }) => Number(fields['token']));

function expectOneAtATime({ acts }: Candidates, what: string): void {
  const overtaken = acts.find((act, index) => index > 0 && act.token < (acts[index - 1]?.token ?? 0));
  expect(overtaken, what).toBeUndefined();
  const nodesOfToken = new Map<number, Set<string>>();
  for (const { node, token } of acts) nodesOfToken.set(token, (nodesOfToken.get(token) ?? new Set()).add(node));
  for (const [token, nodes] of nodesOfToken) expect(nodes.size, `${what}: token ${token}`).toBe(1);
}

describe('lease timing', () => {
  it('leaves a gap between the holder and the next one at the worst drift it allows', () => {
    const slow = 1 / (1 + timing.driftRate);
    const fast = 1 + timing.driftRate;
    // The candidate sees the renewal the instant it is sent, by a fast clock; the holder counts by a slow one.
    const holderStops = holderStopsAtMs(timing, 0) / slow;
    const candidateTakes = candidateMayTakeAtMs(timing, 0) / fast;
    expect(holderStops).toBeLessThan(candidateTakes);
    expect(candidateTakes - holderStops).toBeGreaterThanOrEqual(timing.marginMs * 0.99);
  });
});

describe('an election', () => {
  it('has one winner, which leads only once a quorum is fenced under its token', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const run = await candidates(names, { seed });
      const { world } = run.cluster;
      await run.untilLed();
      await world.advance(5 * leaseMs);
      expect(run.terms.map(({ term }) => term.fence.token)).toEqual([1]);
      expect(run.terms[0]?.fencedReplicas).toBeGreaterThanOrEqual(2);
      expect(run.electors.get('order-2')?.knownLeader()).toEqual({ node: run.leader(), token: 1 });
    }
  });

  it('never has two nodes act at the same time, nor a token come twice, whatever is lost, stopped, restarted or out of step', {
    timeout: 120_000,
  }, async () => {
    let terms = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const run = await candidates(names, { seed, syncMs: 1 });
      const { cluster } = run;
      const { world } = cluster;
      const random = seededRandom(seed, 'storm');
      const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.uniform() * items.length)] as Item;
      for (const [index, rate] of [1 / (1 + timing.driftRate), 1, 1 + timing.driftRate].entries())
        cluster.node(names[(index + seed) % 3] as string).setClockRate(rate);
      let calm = false;
      world.network.planCall = (): CallPlan => {
        if (calm) return {};
        const lost = random.uniform() < 0.05;
        return {
          requestMs: 1 + random.uniform() * 30,
          responseMs: 1 + random.uniform() * 30,
          ...(lost ? { fate: pick(['request-dropped', 'response-dropped'] as const) } : {}),
        };
      };
      for (let fault = 0; fault < 12; fault += 1) {
        await world.advance(random.uniform() * 1.5 * leaseMs);
        const node = random.uniform() < 0.7 ? (run.leader() ?? pick(names)) : pick(names);
        switch (pick(['pause', 'restart', 'cut', 'replica'])) {
          case 'pause':
            cluster.node(node).pause();
            await world.advance(random.uniform() * 3 * leaseMs);
            cluster.node(node).resume();
            break;
          case 'restart':
            cluster.node(node).crash();
            run.start(node);
            break;
          case 'cut':
            world.network.partition([[node], cluster.replicas]);
            await world.advance(random.uniform() * 2 * leaseMs);
            world.network.heal();
            break;
          default: {
            const replica = pick(cluster.replicas);
            cluster.crash(replica, 'cut');
            await world.until(cluster.startReplica(replica));
          }
        }
      }
      calm = true;
      await run.untilLed();
      await world.advance(2 * leaseMs);
      expectOneAtATime(run, `seed ${seed}`);
      const tokens = tokensTaken(run);
      expect(tokens, `seed ${seed}`).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      for (const { fencedReplicas } of run.terms) expect(fencedReplicas).toBeGreaterThanOrEqual(2);
      terms += run.terms.length;
    }
    expect(terms).toBeGreaterThan(100);
  });

  it('waits, before it takes a lease that is not renewed, until it has watched that for longer than the lease', async () => {
    const run = await candidates(names, { seed: 3 });
    const { world } = run.cluster;
    const leader = await run.untilLed();
    await world.advance(3 * leaseMs);
    run.cluster.node(leader).pause();
    const pausedAtMs = world.nowMs();
    const others = names.filter((name) => name !== leader);
    while (!others.some((name) => run.electors.get(name)?.term() !== undefined)) await world.advance(1);
    // The last renewal may be a quarter lease old.
    expect(world.nowMs() - pausedAtMs).toBeGreaterThan(leaseMs * 0.7);
    expect(world.nowMs() - pausedAtMs).toBeLessThan(leaseMs * 2);
  });

  it('is not won twice at once by a candidate that saw an old lease', async () => {
    const run = await candidates(['order-1'], { seed: 1 });
    await run.untilLed();
    run.cluster.node('order-1').pause();
    // A candidate that never saw the lease before must watch it as long as one that did.
    const startedAtMs = run.cluster.world.nowMs();
    const late = run.start('order-2');
    while (late.term() === undefined) await run.cluster.world.advance(1);
    expect(run.cluster.world.nowMs() - startedAtMs).toBeGreaterThan(leaseMs);
  });
});

describe('a holder', () => {
  it('that was stopped past its lease does not act when it wakes, and its signal says that the term is over', async () => {
    const run = await candidates(names, { seed: 5 });
    const { world } = run.cluster;
    const leader = await run.untilLed();
    const term = run.terms[0]?.term;
    run.cluster.node(leader).pause();
    await world.advance(3 * leaseMs);
    const actsBefore = run.acts.filter(({ node }) => node === leader).length;
    run.cluster.node(leader).resume();
    await world.advance(20);
    expect(run.acts.filter(({ node }) => node === leader)).toHaveLength(actsBefore);
    expect([term?.isValid(), term?.signal.aborted, term?.leftMs()]).toEqual([false, true, 0]);
    const refused = await world.until(
      term?.change(run.cluster.registersOn(leader), 'order/1', () => ({ kind: 'set', value: 1, result: 1 }), 500) ??
        Promise.reject(new Error('no term')),
    );
    expect(refused).toMatchObject({ kind: 'unavailable' });
  });

  it('that can reach no quorum stops by itself before anybody else may begin', async () => {
    const run = await candidates(names, { seed: 6 });
    const { world } = run.cluster;
    const leader = await run.untilLed();
    await world.advance(2 * leaseMs);
    world.network.partition([[leader], run.cluster.replicas]);
    await world.advance(leaseMs);
    expect(run.electors.get(leader)?.term()).toBeUndefined();
    expect(run.terms[0]?.term.signal.aborted).toBe(true);
    await run.untilLed();
    expectOneAtATime(run, 'cut leader');
  });

  it('keeps its lease for as long as it renews it', async () => {
    const run = await candidates(names, { seed: 7 });
    await run.untilLed();
    await run.cluster.world.advance(30 * leaseMs);
    expect(tokensTaken(run)).toEqual([1]);
  });

  it('steps down when a write of its is refused because of its token', async () => {
    const run = await candidates(['order-1'], { seed: 8 });
    await run.untilLed();
    const term = run.terms[0]?.term as Term;
    for (const replica of run.cluster.replicas) await run.cluster.acceptor(replica).raiseFence({ scope: 'orders', token: 9 }, 'test');
    const outcome = await run.cluster.world.until(
      term.change(run.cluster.registersOn('order-1'), 'order/1', () => ({ kind: 'set', value: 1, result: 1 }), 500),
    );
    expect(outcome).toMatchObject({ kind: 'fenced', highest: 9 });
    expect(term.isValid()).toBe(false);
    expect(run.cluster.world.logs.findLast(({ event }) => event === 'leader.stepped-down')?.fields).toMatchObject({
      token: 1,
      reason: 'fenced',
    });
  });

  it('gives the lease back when it stops, so that the next one leads within a fraction of it', async () => {
    const run = await candidates(names, { seed: 9 });
    const { world } = run.cluster;
    const leader = await run.untilLed();
    await world.advance(leaseMs);
    const elector = run.electors.get(leader) as Elector;
    run.electors.delete(leader);
    await world.until(elector.stop());
    const stoppedAtMs = world.nowMs();
    await run.untilLed();
    expect(world.nowMs() - stoppedAtMs).toBeLessThan(leaseMs / 2);
    expectOneAtATime(run, 'released');
    expect(tokensTaken(run)).toEqual([1, 2]);
  });

  it('that stops while it is still fencing never begins its term, and gives the lease back all the same', async () => {
    const run = await candidates(['order-1'], { seed: 10 });
    const { world } = run.cluster;
    world.network.planCall = ({ path }) => (path.includes('/fence/') ? { requestMs: 40 } : {});
    while (tokensTaken(run).length === 0) await world.advance(1);
    const elector = run.electors.get('order-1') as Elector;
    await world.until(elector.stop());
    const stoppedAtMs = world.nowMs();
    await world.advance(200);
    expect(run.terms).toEqual([]);
    run.electors.clear();
    run.start('order-2');
    await run.untilLed();
    expect(world.nowMs() - stoppedAtMs).toBeLessThan(leaseMs);
  });
});

describe('fencing before a term', () => {
  it('is not given up while a quorum is silent for a moment, and does not hammer the replicas', async () => {
    const run = await candidates(['order-1'], { seed: 11 });
    const { world } = run.cluster;
    world.network.planCall = ({ path, to }) => (path.includes('/fence/') && to !== 'replica-1' ? { fate: 'refused' } : {});
    while (tokensTaken(run).length === 0) await world.advance(1);
    await world.advance(leaseMs / 2);
    expect(run.terms).toEqual([]);
    expect(world.network.calls.filter(({ path }) => path.includes('/fence/')).length).toBeLessThan(30);
    world.network.planCall = () => ({});
    await world.advance(leaseMs / 4);
    expect(run.terms.map(({ fencedReplicas }) => fencedReplicas >= 2)).toEqual([true]);
  });

  it('reaches replicas that were away later, each for itself', async () => {
    const run = await candidates(['order-1'], { seed: 12, replicas: 5, quorum: { read: 3, write: 3 } });
    const { world } = run.cluster;
    let back = false;
    world.network.planCall = ({ to }) => (to === 'replica-4' || (to === 'replica-5' && !back) ? { fate: 'request-dropped' } : {});
    await run.untilLed();
    await world.advance(leaseMs);
    expect(run.cluster.acceptor('replica-5').fences()).toEqual({});
    back = true;
    world.network.planCall = ({ to, path }) =>
      to === 'replica-4' || (to === 'replica-5' && !path.includes('/fence/')) ? { fate: 'request-dropped' } : {};
    await world.advance(leaseMs);
    expect(run.cluster.acceptor('replica-5').fences()).toEqual({ orders: 1 });
    expect(run.cluster.acceptor('replica-4').fences()).toEqual({});
  });

  it('ends the term at once when a replica already knows a higher token', async () => {
    const run = await candidates(['order-1'], { seed: 13 });
    for (const replica of run.cluster.replicas) await run.cluster.acceptor(replica).raiseFence({ scope: 'orders', token: 5 }, 'test');
    await run.cluster.world.advance(leaseMs);
    expect(run.terms).toEqual([]);
    expect(run.cluster.world.logs.filter(({ event }) => event === 'leader.stepped-down').map(({ fields }) => fields['reason'])).toContain(
      'fenced',
    );
  });
});
