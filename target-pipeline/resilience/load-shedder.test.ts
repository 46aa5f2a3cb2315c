import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemCode } from '../runtime/index.ts';
import { createVirtualWorld } from '../runtime/virtual.ts';
import { deadlineIn } from './deadline.ts';
import { createLoadShedder, type LoadShedder, shedResponse } from './load-shedder.ts';

function setUp(concurrencyMax: number, queueMax: number) {
  const world = createVirtualWorld({ seed: 1 });
  const { clock, timers } = world.node('a').runtime;
  const shed: string[] = [];
  const log: string[] = [];
  const shedder: LoadShedder = createLoadShedder({ concurrencyMax, queueMax }, clock, (reason) => shed.push(reason));
  /** A call whose work takes `workMs` and is wanted within `deadlineMs`. */
  const submit = (name: string, workMs: number, deadlineMs = 10_000, signal?: AbortSignal): void => {
    void shedder
      .run({ deadline: deadlineIn(deadlineMs, clock), ...(signal === undefined ? {} : { signal }) }, async () => {
        log.push(`${name} begins`);
        await timers.sleep(workMs);
      })
      .then((admission) => log.push(admission.kind === 'done' ? `${name} done` : `${name} ${admission.reason}`));
  };
  return { world, clock, timers, shedder, submit, log, shed };
}

describe('the load shedder', () => {
  it('works on as many calls as it may, queues as many as it may in order, and sheds the rest at once', async () => {
    const { world, submit, log, shedder, shed } = setUp(2, 1);
    for (const name of ['a', 'b', 'c', 'd']) submit(name, 10);
    await world.settle();
    expect(log).toEqual(['a begins', 'b begins', 'd queue-full']);
    expect(shedder.load()).toEqual({ working: 2, queued: 1 });
    await world.advance(100);
    expect(log.slice(3)).toEqual(['c begins', 'a done', 'b done', 'c done']);
    expect([shedder.load(), shed]).toEqual([{ working: 0, queued: 0 }, ['queue-full']]);
  });

  it('does not begin what waited past its deadline', async () => {
    const { world, submit, log } = setUp(1, 10);
    submit('long', 50);
    submit('late', 1, 50);
    submit('in time', 1, 51);
    await world.advance(100);
    expect(log).toContain('late deadline-passed');
    expect(log).not.toContain('late begins');
    expect(log).toContain('in time done');
  });

  it('does not begin what comes with no time left, even when idle', async () => {
    const { world, submit, log } = setUp(1, 1);
    submit('x', 1, 0);
    await world.settle();
    expect(log).toEqual(['x deadline-passed']);
  });

  it('does not begin what the caller gave up', async () => {
    const { world, submit, log } = setUp(1, 1);
    const caller = new AbortController();
    submit('long', 50);
    submit('x', 1, 1_000, caller.signal);
    caller.abort();
    await world.advance(60);
    expect(log).toContain('x caller-left');
  });

  it('does not let the late ones in the queue keep out those in time', async () => {
    const { world, submit, log } = setUp(1, 1);
    submit('long', 50);
    submit('late', 1, 10);
    await world.advance(20);
    submit('in time', 1);
    await world.settle();
    expect(log).toEqual(['long begins', 'late deadline-passed']);
    await world.advance(60);
    expect(log).toContain('in time done');
  });

  it('gives the place of work that throws to the next', async () => {
    const { world, clock, shedder, submit, log } = setUp(1, 1);
    const failing = shedder.run({ deadline: deadlineIn(10, clock) }, () => Promise.reject(new Error('oops')));
    submit('next', 1);
    await expect(failing).rejects.toThrow('oops');
    await world.advance(5);
    expect(log).toEqual(['next begins', 'next done']);
  });

  it('never works on more than it may, and ends every call, whatever comes', async () => {
    const arrival = fc.record({
      gapMs: fc.integer({ min: 0, max: 20 }),
      workMs: fc.integer({ min: 0, max: 40 }),
      deadlineMs: fc.integer({ min: 0, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 4 }),
        async (arrivals, concurrencyMax, queueMax) => {
          const { world, clock, timers, shedder } = setUp(concurrencyMax, queueMax);
          let working = 0;
          let ended = 0;
          for (const { gapMs, workMs, deadlineMs } of arrivals) {
            await world.advance(gapMs);
            const deadline = deadlineIn(deadlineMs, clock);
            void shedder
              .run({ deadline }, async () => {
                working += 1;
                expect(working).toBeLessThanOrEqual(concurrencyMax);
                expect(clock.monotonicMs()).toBeLessThan(deadline.atMs);
                await timers.sleep(workMs);
                working -= 1;
              })
              .then(() => (ended += 1));
            expect(shedder.load().queued).toBeLessThanOrEqual(queueMax);
          }
          await world.advance(10_000);
          expect([ended, shedder.load()]).toEqual([arrivals.length, { working: 0, queued: 0 }]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('answers 503 with Retry-After and a code that vouches that nothing was done', () => {
    const { status, headers, body } = shedResponse('queue-full', 2);
    expect([status, headers?.['retry-after'], problemCode(String(body))]).toEqual([503, '2', 'overloaded']);
  });
});
