import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingRequest, OutgoingResponse, Runtime, TransportError } from './port.ts';
import { createVirtualWorld, type VirtualNode, type VirtualWorld } from './virtual.ts';

const kindOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: TransportError) => error.kind,
  );

async function serve(
  node: VirtualNode,
  handler: (request: IncomingRequest) => OutgoingResponse | Promise<OutgoingResponse>,
): Promise<void> {
  await node.runtime.transport.listen({ port: 80, host: '0.0.0.0', maxBodyBytes: 100, handler: async (request) => handler(request) });
}

const get = (runtime: Runtime, url: string, deadlineMs = 1_000) => runtime.transport.request({ url, method: 'GET', deadlineMs });

function pair(): { world: VirtualWorld; a: VirtualNode; b: VirtualNode } {
  const world = createVirtualWorld({ seed: 1 });
  return { world, a: world.node('a'), b: world.node('b') };
}

describe('virtual time', () => {
  it('passes only when told, and wakes sleepers in the order of their due times', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const { timers, clock } = world.node('a').runtime;
    const woken: [string, number][] = [];
    for (const [name, ms] of [
      ['late', 30],
      ['early', 10],
      ['also early', 10],
    ] as const)
      void timers.sleep(ms).then(() => woken.push([name, clock.monotonicMs()]));
    await world.advance(9.999);
    expect(woken).toEqual([]);
    await world.advance(100);
    expect(woken).toEqual([
      ['early', 10],
      ['also early', 10],
      ['late', 30],
    ]);
    expect(clock.monotonicMs()).toBeCloseTo(109.999);
  });

  it('does what a chain of sleeps plans within one advance', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const { timers } = world.node('a').runtime;
    let laps = 0;
    void (async () => {
      for (;;) {
        await timers.sleep(10);
        laps += 1;
      }
    })();
    await world.advance(1_000);
    expect(laps).toBe(100);
  });

  it('does many things in the order of their due times, and of their planning when these are equal, and nothing cancelled', async () => {
    const plan = fc.record({ ms: fc.nat({ max: 20 }), cancelled: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 60 }), async (plans) => {
        const world = createVirtualWorld({ seed: 1 });
        const { timers } = world.node('a').runtime;
        const fired: number[] = [];
        for (const [index, { ms, cancelled }] of plans.entries()) {
          const cancel = timers.after(ms, () => fired.push(index));
          if (cancelled) cancel();
        }
        await world.advance(30);
        const expected = [...plans.entries()].filter(([, { cancelled }]) => !cancelled).sort(([, a], [, b]) => a.ms - b.ms);
        expect(fired).toEqual(expected.map(([index]) => index));
      }),
    );
  });

  it('rejects a sleep with the reason of its signal, and forgets the timer', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const stop = new AbortController();
    const sleeping = world.node('a').runtime.timers.sleep(10, stop.signal);
    stop.abort('enough');
    await expect(sleeping).rejects.toBe('enough');
    await expect(world.node('a').runtime.timers.sleep(10, stop.signal)).rejects.toBe('enough');
  });

  it('never fires a timer early by a clock that slows down, and counts a fast clock in its own time', async () => {
    const world = createVirtualWorld({ seed: 1 });
    const slow = world.node('slow');
    const fast = world.node('fast');
    fast.setClockRate(2);
    const fired: Record<string, number> = {};
    slow.runtime.timers.after(100, () => (fired['slow'] = world.nowMs()));
    fast.runtime.timers.after(100, () => (fired['fast'] = world.nowMs()));
    await world.advance(50);
    slow.setClockRate(0.5);
    await world.advance(500);
    expect(fired['fast']).toBeCloseTo(50);
    expect(fired['slow']).toBeCloseTo(150);
  });

  it('steps the wall clock without touching the monotonic one', async () => {
    const world = createVirtualWorld({ seed: 1, startWallMs: 1_000 });
    const node = world.node('a');
    node.stepWallClock(-400);
    await world.advance(5);
    expect([node.runtime.clock.wallMs(), node.runtime.clock.monotonicMs()]).toEqual([605, 5]);
  });

  it('says so when a promise cannot settle in the time it was given', async () => {
    const world = createVirtualWorld({ seed: 1 });
    await expect(world.until(world.node('a').runtime.timers.sleep(100), 50)).rejects.toThrow('still pending after 50 ms');
  });
});

describe('virtual nodes', () => {
  it('hold what becomes due while paused, and do it at once when resumed', async () => {
    const { world, a } = pair();
    const fired: number[] = [];
    a.runtime.timers.after(10, () => fired.push(world.nowMs()));
    a.pause();
    await world.advance(500);
    expect(fired).toEqual([]);
    a.resume();
    await world.advance(0);
    expect(fired).toEqual([500]);
    expect(a.runtime.clock.monotonicMs()).toBe(500);
  });

  it('leave nothing of a crashed life running', async () => {
    const { world, a } = pair();
    const did: string[] = [];
    const before = a.runtime;
    before.timers.after(10, () => did.push('timer'));
    void before.timers.sleep(10).then(() => did.push('sleep'));
    a.crash();
    before.timers.after(10, () => did.push('timer of the dead'));
    before.log.info('said.by.the.dead');
    void before.disk.readFile('x').then(() => did.push('read'));
    await world.advance(100);
    expect([did, world.logs]).toEqual([[], []]);
  });

  it('draw the same randomness from the same seed, and another from another', () => {
    const draw = (seed: number, name: string) =>
      Array.from({ length: 5 }, () => createVirtualWorld({ seed }).node(name).runtime.random.uniform());
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(draw(1, 'a').every((x) => x >= 0 && x < 1)).toBe(true);
  });
});

describe('virtual network', () => {
  it('carries a request and its answer, taking a leg of time each way', async () => {
    const { world, a, b } = pair();
    await serve(b, async ({ method, path, query, headers, body }) => ({
      status: 201,
      body: JSON.stringify([method, path, query.get('q'), headers['x-y'], Buffer.from(body).toString()]),
    }));
    world.network.planCall = () => ({ requestMs: 3, responseMs: 4 });
    const answer = await world.until(
      a.runtime.transport.request({ url: 'http://b:80/caf%C3%A9?q=1', method: 'PUT', headers: { 'X-Y': 'z' }, body: 'hi', deadlineMs: 50 }),
    );
    expect(answer).toEqual({ status: 201, headers: {}, body: '["PUT","/café","1","z","hi"]' });
    expect(world.nowMs()).toBe(7);
  });

  it.each([
    ['refused', 'refused', 0],
    ['request-dropped', 'timeout', 0],
    ['request-broken', 'lost', 0],
    ['response-dropped', 'timeout', 1],
    ['response-broken', 'lost', 1],
    ['duplicated', 'answered', 2],
  ] as const)('a call whose fate is %s ends as %s, with %i executions', async (fate, ending, executions) => {
    const { world, a, b } = pair();
    let executed = 0;
    await serve(b, () => ({ status: (executed += 1) && 200 }));
    world.network.planCall = () => ({ fate });
    expect(await world.until(kindOf(get(a.runtime, 'http://b:80/')))).toBe(ending);
    await world.advance(10);
    expect(executed).toBe(executions);
  });

  it('refuses a call to a port nobody listens on, and to a crashed node', async () => {
    const { world, a, b } = pair();
    expect(await world.until(kindOf(get(a.runtime, 'http://b:80/')))).toBe('refused');
    await serve(b, () => ({ status: 200 }));
    b.crash();
    expect(await world.until(kindOf(get(a.runtime, 'http://b:80/')))).toBe('refused');
  });

  it('tells the caller its connection is lost when the callee dies at work', async () => {
    const { world, a, b } = pair();
    await serve(b, () => new Promise(() => undefined));
    const ending = kindOf(get(a.runtime, 'http://b:80/'));
    await world.advance(5);
    b.crash();
    expect(await world.until(ending)).toBe('lost');
    expect(world.nowMs()).toBeLessThan(10);
  });

  it('delivers to a paused node when it goes on, though its caller has left', async () => {
    const { world, a, b } = pair();
    let executed = 0;
    await serve(b, () => ({ status: (executed += 1) && 200 }));
    b.pause();
    expect(await world.until(kindOf(get(a.runtime, 'http://b:80/', 20)))).toBe('timeout');
    expect(executed).toBe(0);
    b.resume();
    await world.advance(1);
    expect(executed).toBe(1);
  });

  it('tells the callee when the caller went away', async () => {
    const { world, a, b } = pair();
    const aborted: number[] = [];
    await serve(b, ({ signal }) => {
      signal.addEventListener('abort', () => aborted.push(world.nowMs()));
      return new Promise(() => undefined);
    });
    const stop = new AbortController();
    const ending = kindOf(a.runtime.transport.request({ url: 'http://b:80/', method: 'GET', deadlineMs: 100, signal: stop.signal }));
    await world.advance(10);
    stop.abort();
    expect(await ending).toBe('aborted');
    await world.advance(10);
    expect(aborted).toEqual([11]);
  });

  it('keeps groups of a partition from hearing each other until it heals', async () => {
    const { world, a, b } = pair();
    let executed = 0;
    await serve(b, () => ({ status: (executed += 1) && 200 }));
    world.network.partition([['a'], ['b']]);
    expect(await world.until(kindOf(get(a.runtime, 'http://b:80/')))).toBe('timeout');
    expect(executed).toBe(0);
    expect(await world.until(kindOf(get(world.node('c').runtime, 'http://b:80/')))).toBe('answered');
    world.network.heal();
    expect(await world.until(kindOf(get(a.runtime, 'http://b:80/')))).toBe('answered');
  });

  it('loses an answer to a partition that comes while the callee works', async () => {
    const { world, a, b } = pair();
    await serve(b, async () => {
      await b.runtime.timers.sleep(10);
      return { status: 200 };
    });
    const ending = kindOf(get(a.runtime, 'http://b:80/'));
    await world.advance(5);
    world.network.partition([['a'], ['b']]);
    expect(await world.until(ending)).toBe('timeout');
  });

  it('answers for the handler when it throws, and when the body is too large', async () => {
    const { world, a, b } = pair();
    await serve(b, () => {
      throw new Error('oops');
    });
    expect(await world.until(get(a.runtime, 'http://b:80/'))).toMatchObject({
      status: 500,
      body: expect.stringContaining('urn:seamproof:problem:server-error'),
    });
    expect(world.logs.map(({ node, event }) => [node, event])).toEqual([['b', 'http.handler-failed']]);
    const tooLarge = a.runtime.transport.request({ url: 'http://b:80/', method: 'POST', body: 'x'.repeat(101), deadlineMs: 50 });
    expect(await world.until(tooLarge)).toMatchObject({ status: 413 });
  });
});

describe('virtual disk', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const read = async (node: VirtualNode, path: string) =>
    (await node.runtime.disk.readFile(path)) && Buffer.from((await node.runtime.disk.readFile(path)) as Uint8Array).toString();

  async function fileWith(node: VirtualNode, synced: string, unsynced: string): Promise<void> {
    const { disk } = node.runtime;
    await disk.mkdirp('/data');
    const file = await disk.openAppend('/data/wal');
    await disk.syncDirectory('/data');
    await file.append(bytes(synced));
    await file.sync();
    await file.append(bytes(unsynced));
    expect(file.size()).toBe(synced.length + unsynced.length);
  }

  it('keeps what was synced over a crash, and nothing more', async () => {
    const { a } = pair();
    await fileWith(a, 'kept', 'lost');
    expect(await read(a, '/data/wal')).toBe('keptlost');
    a.crash();
    expect(await read(a, '/data/wal')).toBe('kept');
  });

  it('can leave a torn tail of what was not synced', async () => {
    const tails = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const node = createVirtualWorld({ seed }).node('a');
      await fileWith(node, 'kept', 'torn');
      node.crash('cut');
      tails.add((await read(node, '/data/wal')) ?? '');
    }
    expect([...tails].sort()).toEqual(['kept', 'keptt', 'keptto', 'kepttor', 'kepttorn']);
  });

  it('can leave the length without the contents', async () => {
    const { a } = pair();
    await fileWith(a, 'kept', 'x'.repeat(1_000));
    a.crash('garbled');
    expect(await read(a, '/data/wal')).toMatch(/^keptx*\0+$/);
  });

  it('forgets names whose directory was not synced', async () => {
    const { a } = pair();
    await fileWith(a, 'old', '');
    const { disk } = a.runtime;
    const fresh = await disk.openAppend('/data/new');
    await fresh.append(bytes('new'));
    await fresh.sync();
    await disk.rename('/data/new', '/data/wal');
    expect(await read(a, '/data/wal')).toBe('new');
    a.crash();
    expect(await read(a, '/data/wal')).toBe('old');
    expect(await a.runtime.disk.list('/data')).toEqual(['wal']);
  });

  it('makes a rename and a removal durable with their directory', async () => {
    const { a } = pair();
    await fileWith(a, 'old', '');
    const { disk } = a.runtime;
    await disk.rename('/data/wal', '/data/wal.1');
    await disk.syncDirectory('/data');
    a.crash();
    expect(await a.runtime.disk.list('/data')).toEqual(['wal.1']);
    await a.runtime.disk.remove('/data/wal.1');
    await a.runtime.disk.syncDirectory('/data');
    a.crash();
    expect(await a.runtime.disk.list('/data')).toEqual([]);
  });

  it('makes durable what was there when the sync began, not what came while it ran', async () => {
    const { world, a } = pair();
    await fileWith(a, '', 'one');
    a.disk.syncMs = 10;
    const file = await a.runtime.disk.openAppend('/data/wal');
    const synced = file.sync();
    await world.advance(5);
    await file.append(bytes('two'));
    await world.until(synced);
    a.crash();
    expect(await read(a, '/data/wal')).toBe('one');
  });

  it('fails on request: a failed append leaves half, a failed sync leaves nothing durable', async () => {
    const { a } = pair();
    await fileWith(a, 'kept', '');
    const file = await a.runtime.disk.openAppend('/data/wal');
    a.disk.failNext('append');
    await expect(file.append(bytes('halfhalf'))).rejects.toThrow('injected append failure');
    expect(await read(a, '/data/wal')).toBe('kepthalf');
    a.disk.failNext('sync', 'EIO');
    await expect(file.sync()).rejects.toThrow('EIO');
    a.crash();
    expect(await read(a, '/data/wal')).toBe('kept');
  });

  it('brings a truncation that was not synced back after a crash', async () => {
    const { a } = pair();
    await fileWith(a, 'kept', '');
    const file = await a.runtime.disk.openAppend('/data/wal');
    await file.truncate(1);
    expect(await read(a, '/data/wal')).toBe('k');
    a.crash('cut');
    expect(await read(a, '/data/wal')).toBe('kept');
  });
});
