import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OutgoingResponse, problemResponse, type RequestHandler } from '../runtime/index.ts';
import { createVirtualWorld, type Fate, type VirtualCall } from '../runtime/virtual.ts';
import { createDefaultRetryingClient, defaultRetryPolicy, type RetryPolicy, retryLayer } from './policy.ts';
import { type CallOutcome, plannedKey, type ServiceCall } from './retrying-client.ts';

const ok: OutgoingResponse = { status: 200, body: '{"done":true}' };
const overloaded = problemResponse({ code: 'overloaded', status: 503, detail: 'shed' });
const inFlight = problemResponse({ code: 'idempotency-key-in-flight', status: 409, detail: 'wait' });
const generous: RetryPolicy = { ...defaultRetryPolicy, budget: { share: 0.2, floorPerSecond: 100, windowMs: 10_000 } };

const baseCall: ServiceCall = {
  service: 'payment',
  urls: ['http://payment-1:80', 'http://payment-2:80'],
  method: 'POST',
  path: '/captures',
  body: { amountCents: 5 },
  idempotencyKey: 'o1:capture:1',
  fence: { scope: 'orders', token: 7 },
  deadlineMs: 5_000,
  round: 0,
};

/** Both payment instances answer attempt n with the n-th of `script` (the last one for ever): an answer, or what becomes of the call. */
function setUp(script: readonly (OutgoingResponse | Fate)[], policy: RetryPolicy = generous) {
  const world = createVirtualWorld({ seed: 1 });
  const { runtime } = world.node('order-1');
  const client = createDefaultRetryingClient(runtime, plannedKey, { ...retryLayer, policy });
  const executed: string[] = [];
  const at = (n: number): OutgoingResponse | Fate => script[Math.min(n, script.length - 1)] as OutgoingResponse | Fate;
  let arrived = 0;
  const handler: RequestHandler = async ({ headers }) => {
    executed.push(headers['x-attempt'] ?? '');
    const answer = at(arrived++);
    return typeof answer === 'string' ? ok : answer;
  };
  for (const name of ['payment-1', 'payment-2'])
    void world.node(name).runtime.transport.listen({ port: 80, host: '', maxBodyBytes: 1_000, handler });
  world.network.planCall = () => {
    const planned = at(world.network.calls.length - 1);
    if (typeof planned !== 'string') return {};
    if (planned.startsWith('request') || planned === 'refused') arrived += 1;
    return { fate: planned };
  };
  const call = (changes: Partial<ServiceCall> = {}): Promise<CallOutcome> => world.until(client.call({ ...baseCall, ...changes }));
  return { world, runtime, client, call, calls: world.network.calls as readonly VirtualCall[], executed };
}

describe('the retrying client', () => {
  it('sends key, attempt, round, fence and time left, and the same body each time', async () => {
    const { call, calls } = setUp(['request-broken', ok]);
    expect(await call({ round: 2 })).toEqual({ kind: 'answered', status: 200, body: ok.body });
    expect(calls.map(({ headers }) => headers)).toEqual(
      ['1', '2'].map((attempt) => ({
        'content-type': 'application/json',
        'idempotency-key': 'o1:capture:1',
        'x-attempt': attempt,
        'x-retry-round': '2',
        'x-fencing-scope': 'orders',
        'x-fencing-token': '7',
        'x-deadline-ms': '1000',
      })),
    );
    expect(new Set(calls.map(({ method, path, body }) => `${method} ${path} ${body}`))).toEqual(
      new Set(['POST /captures {"amountCents":5}']),
    );
  });

  it('goes through the instances in the order given, from the first in each call, and to the next for each retry', async () => {
    const { call, calls } = setUp([ok, ok, 'refused', 'refused', ok]);
    for (let n = 0; n < 3; n++) await call();
    expect(calls.map(({ to }) => to)).toEqual(['payment-1', 'payment-1', 'payment-1', 'payment-2', 'payment-1']);
  });

  it.each<[string, OutgoingResponse | Fate]>([
    ['a refused connection', 'refused'],
    ['a lost connection', 'request-broken'],
    ['a lost answer', 'response-broken'],
    ['a timeout', 'request-dropped'],
    ['a 503', overloaded],
    ['a bare 503', { status: 503 }],
    ['a 429', problemResponse({ code: 'overloaded', status: 429, detail: 'slow down' })],
    ['a 409 of a key in flight', inFlight],
    ['a 408', problemResponse({ code: 'invalid-request', status: 408, detail: 'too slow' })],
  ])('tries again after %s', async (_what, first) => {
    const { call, calls } = setUp([first, ok]);
    expect(await call()).toMatchObject({ kind: 'answered', status: 200 });
    expect(calls).toHaveLength(2);
  });

  it.each([200, 201, 400, 402, 404, 409, 412, 422])('takes a %i for final', async (status) => {
    const { call, calls } = setUp([{ status, body: 'x' }]);
    expect(await call()).toEqual({ kind: 'answered', status, body: 'x' });
    expect(calls).toHaveLength(1);
  });

  it('does not try again after a 500, whose effect is unknown', async () => {
    const { call, calls } = setUp([{ status: 500 }]);
    expect(await call()).toMatchObject({ kind: 'ambiguous', reason: expect.stringContaining('status 500') });
    expect(calls).toHaveLength(1);
  });

  it('makes three attempts at most', async () => {
    const { call, calls } = setUp(['refused']);
    await call();
    expect(calls).toHaveLength(3);
  });

  it.each<[CallOutcome['kind'], readonly (OutgoingResponse | Fate)[]]>([
    ['not-sent', ['refused']],
    ['not-sent', [overloaded, 'refused', overloaded]],
    ['ambiguous', ['request-broken', 'refused', 'refused']],
    ['ambiguous', ['refused', 'response-broken', 'refused']],
    ['ambiguous', ['request-dropped', overloaded, overloaded]],
    ['ambiguous', [{ status: 503 }, overloaded, overloaded]],
    ['not-sent', [problemResponse({ code: 'invalid-request', status: 408, detail: 'too slow' }), overloaded, overloaded]],
    ['ambiguous', [{ status: 408 }, overloaded, overloaded]],
    ['ambiguous', [inFlight, inFlight, overloaded]],
    ['ambiguous', [overloaded, overloaded, { status: 500 }]],
    ['answered', ['response-dropped', 'refused', { status: 402 }]],
  ])('ends as %s after %j', async (kind, script) => {
    expect((await setUp(script).call()).kind).toBe(kind);
  });

  it('never calls a call not sent that was executed, nor one answered that was not, whatever happens to its attempts', async () => {
    const event = fc.constantFrom<OutgoingResponse | Fate>(
      'delivered',
      'refused',
      'request-dropped',
      'request-broken',
      'response-dropped',
      'response-broken',
      'duplicated',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 4_000 }), async (script, deadlineMs) => {
        const { world, call, executed } = setUp(script);
        const outcome = await call({ deadlineMs });
        await world.advance(10_000);
        if (outcome.kind === 'not-sent') expect(executed).toEqual([]);
        if (outcome.kind === 'answered') expect(executed).not.toEqual([]);
      }),
    );
  });

  it('waits as long as Retry-After says, in seconds or until a date, and a jittered back-off otherwise', async () => {
    const gapAfter = async (headers: Record<string, string>): Promise<number> => {
      const { call, calls } = setUp([{ ...overloaded, headers: { 'content-type': 'application/problem+json', ...headers } }, ok]);
      await call();
      return (calls[1]?.atMs ?? 0) - (calls[0]?.atMs ?? 0);
    };
    expect(await gapAfter({ 'retry-after': '2' })).toBe(2_002);
    expect(await gapAfter({ 'retry-after': new Date(Date.UTC(2030, 0, 1) + 3_000).toUTCString() })).toBe(3_000);
    expect(await gapAfter({ 'retry-after': 'later' })).toBeLessThan(defaultRetryPolicy.backoff.baseMs + 10);
    expect(await gapAfter({})).toBeLessThan(defaultRetryPolicy.backoff.baseMs + 10);
  });

  it('does not wait for a retry that would come after the deadline', async () => {
    const { call, calls, world } = setUp([{ ...overloaded, headers: { 'retry-after': '5' } }]);
    expect(await call({ deadlineMs: 3_000 })).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining('outlast the deadline') });
    expect([calls.length, world.nowMs()]).toEqual([1, 2]);
  });

  it('ends by the deadline, each attempt carrying what is left', async () => {
    const { call, calls, world } = setUp(['request-dropped']);
    expect((await call({ deadlineMs: 1_500 })).kind).toBe('ambiguous');
    expect(world.nowMs()).toBeLessThanOrEqual(1_500);
    const [first, second] = calls.map(({ headers }) => Number(headers['x-deadline-ms']));
    expect(first).toBe(1_000);
    expect(second).toBe(Math.floor(1_500 - (calls[1]?.atMs ?? 0)));
  });

  it('sends nothing with less than a millisecond left', async () => {
    const { call, calls } = setUp([ok]);
    expect((await call({ deadlineMs: 0.5 })).kind).toBe('not-sent');
    expect(calls).toHaveLength(0);
  });

  it('stops when told to, at work or while it waits, and what was sent stays ambiguous', async () => {
    for (const [script, kind] of [
      [['request-dropped'], 'ambiguous'],
      [[{ ...overloaded, headers: { ...overloaded.headers, 'retry-after': '3' } }], 'not-sent'],
    ] as const) {
      const { world, client, calls } = setUp(script);
      const stop = new AbortController();
      const outcome = client.call({ ...baseCall, signal: stop.signal });
      await world.advance(100);
      stop.abort();
      await world.settle();
      expect((await outcome).kind).toBe(kind);
      expect([calls.length, world.nowMs()]).toEqual([1, 100]);
    }
  });

  it('throws what is a bug, and not an outcome', async () => {
    await expect(setUp([ok]).call({ urls: ['no url'] })).rejects.toThrow('Invalid URL');
  });
});

describe('the retry budget in the client', () => {
  const tight: RetryPolicy = {
    ...defaultRetryPolicy,
    budget: { share: 0.5, floorPerSecond: 0, windowMs: 10_000 },
    breaker: { ...defaultRetryPolicy.breaker, callsMin: 1_000_000 },
  };

  it('allows retries as first attempts earned them, and says so in metrics', async () => {
    const { call, calls, runtime } = setUp(['request-broken'], tight);
    const outcomes: CallOutcome[] = [];
    for (let n = 0; n < 4; n++) outcomes.push(await call());
    // Earned: 1·½, 2·½ = 1 taken, then 3·½ and 4·½ = 2, one more taken.
    expect(calls.map(({ headers }) => headers['x-attempt'])).toEqual(['1', '1', '2', '1', '1', '2']);
    expect(outcomes.every(({ kind }) => kind === 'ambiguous')).toBe(true);
    const text = await runtime.metrics.expose();
    expect(text).toContain('retries_total{service="payment"} 2');
    expect(text).toContain('retries_denied_total{service="payment"} 4');
    expect(text).toContain('retry_budget_available{service="payment"} 0');
  });

  it('counts the first attempt of a later round as the retry it is', async () => {
    const { call, calls } = setUp([ok], tight);
    expect(await call({ round: 1 })).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining('retry budget') });
    expect(calls).toHaveLength(0);
    await call();
    await call();
    expect((await call({ round: 1 })).kind).toBe('answered');
    expect((await call({ round: 1 })).kind).toBe('not-sent');
  });

  it('earns nothing by attempts that never left', async () => {
    const { call, calls } = setUp(['refused'], tight);
    for (let n = 0; n < 10; n++) await call();
    expect(calls.map(({ headers }) => headers['x-attempt'])).toEqual(Array(10).fill('1'));
  });

  it('keeps the load on a dead service within 1 + β of the first attempts, at every retry', async () => {
    const policy: RetryPolicy = { ...tight, budget: { share: 0.2, floorPerSecond: 1, windowMs: 10_000 } };
    const { world, client, calls } = setUp(['response-broken'], policy);
    for (let n = 0; n < 2_000; n++) {
      void client.call(baseCall);
      await world.advance(10);
    }
    await world.advance(10_000);
    const firsts = calls.filter(({ headers }) => headers['x-attempt'] === '1').map(({ atMs }) => atMs);
    const retries = calls.filter(({ headers }) => headers['x-attempt'] !== '1').map(({ atMs }) => atMs);
    const within = (instants: number[], now: number): number => instants.filter((at) => at > now - 10_000 && at <= now).length;
    for (const now of retries) expect(within(retries, now)).toBeLessThanOrEqual(0.2 * within(firsts, now) + 10);
    expect(retries.length).toBeGreaterThan(350);
  });
});

describe('the circuit breaker in the client', () => {
  it('stops calling a service that fails, tries it with probes, and calls it again once it is back', async () => {
    const { world, call, calls, runtime } = setUp(['refused']);
    for (let n = 0; n < 7; n++) await call();
    expect(calls).toHaveLength(20);
    expect(await call()).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining('circuit breaker of payment') });
    expect(await runtime.metrics.expose()).toContain('breaker_state{service="payment"} 2');
    expect(calls).toHaveLength(20);
    world.network.planCall = () => ({});
    await world.advance(1_000);
    for (let n = 0; n < 3; n++) expect((await call()).kind).toBe('answered');
    expect(await runtime.metrics.expose()).toContain('breaker_state{service="payment"} 0');
    expect(
      world.logs.filter(({ event }) => event === 'breaker.changed').map(({ fields }) => `${fields['from']} → ${fields['to']}`),
    ).toEqual(['closed → open', 'open → half-open', 'half-open → closed']);
  });

  it('guards each service on its own', async () => {
    const { call, world } = setUp(['refused']);
    for (let n = 0; n < 7; n++) await call();
    world.network.planCall = () => ({});
    expect((await call()).kind).toBe('not-sent');
    expect((await call({ service: 'inventory' })).kind).toBe('answered');
  });

  it('does not cut off a service of which one instance of two is down', async () => {
    const { world, call } = setUp([ok]);
    world.network.planCall = ({ to }) => (to === 'payment-1' ? { fate: 'refused' } : {});
    for (let n = 0; n < 200; n++) expect((await call()).kind).toBe('answered');
  });

  it('does not lose a probe to a bug, nor to a retry that the budget denies', async () => {
    const { call, world } = setUp(['refused'], { ...defaultRetryPolicy, budget: { share: 0, floorPerSecond: 0, windowMs: 10_000 } });
    for (let n = 0; n < 20; n++) await call();
    expect(await call()).toMatchObject({ reason: expect.stringContaining('circuit breaker') });
    world.network.planCall = () => ({});
    await world.advance(1_000);
    for (let n = 0; n < 5; n++) {
      await expect(call({ urls: ['no url'] })).rejects.toThrow();
      expect(await call({ round: 1 })).toMatchObject({ reason: expect.stringContaining('retry budget') });
    }
    expect((await call()).kind).toBe('answered');
  });
});
