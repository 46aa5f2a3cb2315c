import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bugs } from '../bugs/index.ts';
import { components } from '../components.ts';
import { createVirtualWorld, type UnsyncedTail, type VirtualNode, type VirtualWorld } from '../runtime/virtual.ts';
import { Acceptor, type AcceptorRules, acceptorRules } from './acceptor.ts';
import type { Ballot } from './ballot.ts';
import type { Envelope } from './protocol.ts';

const envelope = (value: unknown, open = false): Envelope => ({ value, changes: 1, operationIds: [], open });
const ballot = (counter: number, token = 0, proposer = 'p'): Ballot => [token, counter, proposer];
const fence = (token: number, scope = 'orders') => ({ scope, token });

interface Replica {
  readonly world: VirtualWorld;
  readonly node: VirtualNode;
  open(): Promise<Acceptor>;
  /** Power off, and on again. */
  restart(tail?: UnsyncedTail): Promise<Acceptor>;
}

function replica(rules: AcceptorRules = acceptorRules, compactBytesMin = 1_000_000): Replica {
  const world = createVirtualWorld({ seed: 1 });
  const node = world.node('replica-1');
  const open = (): Promise<Acceptor> =>
    world.until(Acceptor.open(node.runtime, { replica: 'replica-1', directory: 'data', rules, compactBytesMin }));
  return {
    world,
    node,
    open,
    restart: (tail) => {
      node.crash(tail);
      return open();
    },
  };
}

/** The rules of `replica` under a seeded bug. */
function rulesWith(bugName: string, name: string): AcceptorRules {
  const bug = bugs.find((candidate) => candidate.name === bugName);
  if (bug === undefined) throw new Error(`no bug ${bugName}`);
  return bug.apply(components, name).acceptorRules;
}

describe('promises and accepts', () => {
  it('promises a newer ballot, and refuses an older or equal one with what it promised', async () => {
    const { open } = replica();
    const acceptor = await open();
    expect(await acceptor.prepare({ key: 'k', ballot: ballot(2), from: 'p' })).toEqual({ kind: 'promised', ballot: null, envelope: null });
    for (const counter of [1, 2])
      expect(await acceptor.prepare({ key: 'k', ballot: ballot(counter), from: 'q' })).toEqual({ kind: 'conflict', promised: ballot(2) });
    expect((await acceptor.prepare({ key: 'other', ballot: ballot(1), from: 'q' })).kind).toBe('promised');
  });

  it('accepts what it promised and anything newer, refuses what is older, and shows it to whoever prepares next', async () => {
    const { open } = replica();
    const acceptor = await open();
    await acceptor.prepare({ key: 'k', ballot: ballot(5), from: 'p' });
    expect(await acceptor.accept({ key: 'k', ballot: ballot(4), envelope: envelope('old'), from: 'q' })).toEqual({
      kind: 'conflict',
      promised: ballot(5),
    });
    expect(await acceptor.accept({ key: 'k', ballot: ballot(5), envelope: envelope('mine'), from: 'p' })).toEqual({ kind: 'accepted' });
    expect(await acceptor.accept({ key: 'k', ballot: ballot(7), envelope: envelope('newer'), from: 'q' })).toEqual({ kind: 'accepted' });
    expect(await acceptor.prepare({ key: 'k', ballot: ballot(6), from: 'p' })).toEqual({ kind: 'conflict', promised: ballot(7) });
    expect(await acceptor.prepare({ key: 'k', ballot: ballot(8), from: 'p' })).toEqual({
      kind: 'promised',
      ballot: ballot(7),
      envelope: envelope('newer'),
    });
  });

  it('orders ballots by token, then counter, then proposer', async () => {
    const { open } = replica();
    const acceptor = await open();
    await acceptor.prepare({ key: 'k', ballot: ballot(9, 1), from: 'p' });
    for (const newer of [ballot(10, 1), ballot(1, 2), ballot(1, 2, 'q')])
      expect((await acceptor.prepare({ key: 'k', ballot: newer, from: 'p' })).kind).toBe('promised');
    for (const older of [ballot(99, 1), ballot(1, 2, 'p')])
      expect((await acceptor.prepare({ key: 'k', ballot: older, from: 'p' })).kind).toBe('conflict');
  });
});

describe('durability', () => {
  it.each<UnsyncedTail>(['lost', 'cut', 'garbled'])(
    'keeps whatever it acknowledged when the power goes right after the reply (tail %s)',
    async (tail) => {
      type Step = { readonly kind: 'prepare' | 'accept' | 'fence'; readonly key: string; readonly counter: number; readonly token: number };
      const step = fc.record<Step>({
        kind: fc.constantFrom('prepare', 'accept', 'fence'),
        key: fc.constantFrom('a', 'b'),
        counter: fc.integer({ min: 1, max: 6 }),
        token: fc.integer({ min: 1, max: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          const { world, node, open, restart } = replica(acceptorRules, 600);
          node.disk.syncMs = 3;
          let acceptor = await open();
          const promised = new Map<string, Ballot>();
          const accepted = new Map<string, { ballot: Ballot; envelope: Envelope }>();
          let fenced = 0;
          const newer = (a: Ballot | undefined, b: Ballot): Ballot => (a !== undefined && a[1] > b[1] ? a : b);
          for (const { kind, key, counter, token } of steps) {
            const request = { key, ballot: ballot(counter), from: 'p' };
            if (kind === 'prepare' && (await world.until(acceptor.prepare(request))).kind === 'promised')
              promised.set(key, newer(promised.get(key), request.ballot));
            if (
              kind === 'accept' &&
              (await world.until(acceptor.accept({ ...request, envelope: envelope(counter) }))).kind === 'accepted'
            ) {
              accepted.set(key, { ballot: request.ballot, envelope: envelope(counter) });
              promised.set(key, newer(promised.get(key), request.ballot));
            }
            if (kind === 'fence' && (await world.until(acceptor.raiseFence(fence(token), 'p'))).kind === 'raised')
              fenced = Math.max(fenced, token);
          }
          acceptor = await restart(tail);
          expect(acceptor.fences()).toEqual(fenced === 0 ? {} : { orders: fenced });
          for (const key of ['a', 'b']) {
            expect(await world.until(acceptor.read(key))).toEqual(accepted.get(key) ?? { ballot: null, envelope: null });
            const highest = promised.get(key);
            if (highest !== undefined)
              expect(await world.until(acceptor.prepare({ key, ballot: highest, from: 'q' }))).toEqual({
                kind: 'conflict',
                promised: highest,
              });
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it('never shows a value, a promise, a fence or a key that a crash could still take back', async () => {
    const { world, node, open } = replica();
    node.disk.syncMs = 10;
    const acceptor = await open();
    const ended: string[] = [];
    const note = (what: string) => (): number => ended.push(what);
    void acceptor.accept({ key: 'k', ballot: ballot(3), envelope: envelope('unsynced'), fence: fence(2), from: 'p' });
    await world.advance(1);
    void acceptor.read('k').then(note('read'));
    void acceptor.scan({ prefix: 'k', limit: 10, openOnly: false }).then(note('scan'));
    void acceptor.prepare({ key: 'k', ballot: ballot(1), from: 'q' }).then(note('conflict on prepare'));
    void acceptor.accept({ key: 'k', ballot: ballot(1), envelope: envelope('x'), from: 'q' }).then(note('conflict on accept'));
    void acceptor.raiseFence(fence(2), 'q').then(note('fence'));
    await world.advance(8);
    expect(ended).toEqual([]);
    await world.advance(20);
    expect(ended.sort()).toEqual(['conflict on accept', 'conflict on prepare', 'fence', 'read', 'scan']);
  });

  it('answers nothing any more once its disk has failed', async () => {
    const { node, open } = replica();
    const acceptor = await open();
    await acceptor.accept({ key: 'k', ballot: ballot(1), envelope: envelope('kept'), from: 'p' });
    node.disk.failNext('sync');
    const calls = [
      acceptor.accept({ key: 'k', ballot: ballot(2), envelope: envelope('lost'), fence: fence(1), from: 'p' }),
      acceptor.prepare({ key: 'k', ballot: ballot(1), fence: fence(2), from: 'p' }),
      acceptor.read('k'),
      acceptor.raiseFence(fence(9), 'p'),
    ];
    for (const call of calls) await expect(call).rejects.toThrow('injected sync failure');
    await expect(acceptor.read('k')).rejects.toThrow('injected sync failure');
  });

  it('keeps its log within a bound however long it runs, and all of its state through every compaction', async () => {
    const { world, node, open, restart } = replica(acceptorRules, 2_000);
    let acceptor = await open();
    let largestBytes = 0;
    for (let counter = 1; counter <= 400; counter += 1) {
      const key = `k${counter % 5}`;
      await world.until(
        acceptor.accept({
          key,
          ballot: ballot(counter),
          envelope: envelope(`${counter} ${'x'.repeat(20)}`, counter % 2 === 0),
          fence: fence(counter),
          from: 'p',
        }),
      );
      if (counter % 100 === 99) await world.until(acceptor.prepare({ key: 'promised only', ballot: ballot(counter), from: 'p' }));
      if (counter % 20 === 0) acceptor = await restart();
      const [name = ''] = await node.runtime.disk.list('data');
      largestBytes = Math.max(largestBytes, (await node.runtime.disk.readFile(`data/${name}`))?.length ?? 0);
    }
    expect(world.logs.filter(({ event }) => event === 'wal.compacted').length).toBeGreaterThan(10);
    expect(largestBytes).toBeLessThan(5_000);
    acceptor = await restart();
    expect(acceptor.fences()).toEqual({ orders: 400 });
    const { cells } = await acceptor.scan({ prefix: 'k', limit: 10, openOnly: false });
    expect(cells.map((cell) => [cell.key, cell.ballot?.[1]])).toEqual([
      ['k0', 400],
      ['k1', 396],
      ['k2', 397],
      ['k3', 398],
      ['k4', 399],
    ]);
    expect(await acceptor.prepare({ key: 'promised only', ballot: ballot(399), from: 'q' })).toEqual({
      kind: 'conflict',
      promised: ballot(399),
    });
  });
});

describe('fencing', () => {
  it('stores the highest token before it acknowledges anything under it, and still knows it after a restart', async () => {
    const { open, restart } = replica();
    await (await open()).prepare({ key: 'k', ballot: ballot(1), fence: fence(7), from: 'p' });
    const acceptor = await restart();
    expect(acceptor.fences()).toEqual({ orders: 7 });
    expect(await acceptor.prepare({ key: 'k', ballot: ballot(2), fence: fence(6), from: 'q' })).toEqual({ kind: 'fenced', highest: 7 });
    expect(await acceptor.prepare({ key: 'k', ballot: ballot(2), fence: fence(7), from: 'p' })).toMatchObject({ kind: 'promised' });
  });

  it('refuses every mutator under a stale token, before it looks at the ballot, and logs each refusal in full', async () => {
    const { world, open } = replica();
    const acceptor = await open();
    await acceptor.raiseFence(fence(5), 'order-2');
    const stale = { key: 'order/1', ballot: ballot(99, 9), fence: fence(4), from: 'order-1' };
    const refused = { kind: 'fenced', highest: 5 };
    expect(await acceptor.prepare(stale)).toEqual(refused);
    expect(await acceptor.accept({ ...stale, envelope: envelope('stale') })).toEqual(refused);
    expect(await acceptor.raiseFence(fence(4), 'order-1')).toEqual(refused);
    expect(await acceptor.read('order/1')).toEqual({ ballot: null, envelope: null });
    const lines = world.logs.filter(({ event }) => event === 'fence.rejected').map(({ fields }) => fields);
    const line = { replica: 'replica-1', scope: 'orders', key: 'order/1', token: 4, highest: 5, from: 'order-1' };
    expect(lines).toEqual([line, line, { ...line, key: '' }]);
    expect(world.logs.filter(({ event }) => event === 'fence.raised').map(({ fields }) => fields)).toEqual([
      { replica: 'replica-1', scope: 'orders', from: 0, to: 5, by: 'order-2' },
    ]);
  });

  it('keeps scopes apart, and asks no token of those who have none', async () => {
    const { open } = replica();
    const acceptor = await open();
    await acceptor.raiseFence(fence(5), 'order-2');
    expect((await acceptor.prepare({ key: 'k', ballot: ballot(1), fence: fence(1, 'consumer'), from: 'i' })).kind).toBe('promised');
    expect((await acceptor.prepare({ key: 'k', ballot: ballot(2), from: 'reader' })).kind).toBe('promised');
    expect(acceptor.fences()).toEqual({ orders: 5, consumer: 1 });
  });
});

describe('seeded bugs of the acceptor', () => {
  const stale = { key: 'k', ballot: ballot(2), envelope: envelope('stale'), fence: fence(4), from: 'order-1' };

  it('fence-token-not-persisted forgets the token in a restart, and takes the stale write', async () => {
    for (const compactBytesMin of [1, 1_000_000]) {
      const { world, open, restart } = replica(rulesWith('fence-token-not-persisted', 'replica-1'), compactBytesMin);
      const before = await open();
      await world.until(before.raiseFence(fence(5), 'order-2'));
      expect((await before.accept(stale)).kind).toBe('fenced');
      await world.until(before.accept({ key: 'other', ballot: ballot(1), envelope: envelope('kept'), from: 'p' }));
      const after = await restart();
      expect((await after.accept(stale)).kind).toBe('accepted');
      expect((await after.read('other')).envelope?.value).toBe('kept');
    }
  });

  it('fence-one-replica-skips takes the stale write on one replica, and only there', async () => {
    for (const [name, kind] of [
      ['replica-1', 'fenced'],
      ['replica-2', 'accepted'],
      ['replica-3', 'fenced'],
    ] as const) {
      const acceptor = await replica(rulesWith('fence-one-replica-skips', name)).open();
      await acceptor.raiseFence(fence(5), 'order-2');
      expect((await acceptor.accept(stale)).kind).toBe(kind);
    }
  });

  it('fence-sequence-only puts a stale write with a longer sequence over that of its successor', async () => {
    for (const [rules, kind] of [
      [acceptorRules, 'conflict'],
      [rulesWith('fence-sequence-only', 'replica-1'), 'accepted'],
    ] as const) {
      const acceptor = await replica(rules).open();
      await acceptor.accept({ key: 'k', ballot: ballot(1, 5), envelope: envelope('of the successor'), from: 'order-2' });
      expect((await acceptor.accept({ key: 'k', ballot: ballot(9, 4), envelope: envelope('stale'), from: 'order-1' })).kind).toBe(kind);
    }
  });
});

describe('a scan', () => {
  it('lists keys by prefix in order, page by page, the open ones alone when asked', async () => {
    const { open } = replica();
    const acceptor = await open();
    for (const [key, isOpen] of [
      ['order/c', true],
      ['order/a', false],
      ['order/b', true],
      ['stock/a', true],
    ] as const) {
      await acceptor.accept({ key, ballot: ballot(1), envelope: envelope(key, isOpen), from: 'p' });
    }
    await acceptor.prepare({ key: 'order/promised', ballot: ballot(1), from: 'p' });
    const keysOf = async (query: {
      after?: string;
      limit: number;
      openOnly: boolean;
    }): Promise<readonly [readonly string[], string | undefined]> => {
      const { cells, next } = await acceptor.scan({ prefix: 'order/', ...query });
      return [cells.map(({ key }) => key), next];
    };
    expect(await keysOf({ limit: 2, openOnly: false })).toEqual([['order/a', 'order/b'], 'order/b']);
    expect(await keysOf({ limit: 2, openOnly: false, after: 'order/b' })).toEqual([['order/c'], undefined]);
    expect(await keysOf({ limit: 10, openOnly: true })).toEqual([['order/b', 'order/c'], undefined]);
  });
});
