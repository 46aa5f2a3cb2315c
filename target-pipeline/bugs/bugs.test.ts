/**
 * Bugs of effects, sagas and events on virtual time: one thing goes wrong at the moment that matters. The reference survives it, and the bug
 * doesn't: so what a whole run shows by many faults is not left to chance alone.
 */
import { describe, expect, it } from 'vitest';
import type { CallPlan, VirtualCall } from '../runtime/virtual.ts';
import { settleAndAudit } from '../test-support/audit.ts';
import { basket, cancelFor, place } from '../test-support/customer.ts';
import { namesOf, type Pipeline, startPipeline } from '../test-support/pipeline.ts';

/** What is wrong in the end, one sentence each. */
type Scenario = (pipeline: Pipeline) => Promise<readonly string[]>;

const isAccept = ({ path }: VirtualCall, key: string): boolean =>
  path.startsWith('/replica/accept/') && decodeURIComponent(path).includes(key);
const fromRole = ({ from }: VirtualCall, role: string): boolean => from.startsWith(role);

/** Places an order, and waits until the first call for which `strike` gives a plan; what came of it all is the last argument's to say. */
async function strikeOnce(
  pipeline: Pipeline,
  strike: (call: VirtualCall) => CallPlan | undefined,
  then: (struck: VirtualCall, orderId: string) => Promise<unknown> = async () => undefined,
  times = 1,
): Promise<readonly string[]> {
  const { world } = pipeline;
  const leader = await pipeline.untilLed();
  const struck: VirtualCall[] = [];
  world.network.planCall = (call) => {
    const plan = struck.length < times ? strike(call) : undefined;
    if (plan !== undefined) struck.push(call);
    return plan ?? {};
  };
  const placing = place(pipeline, leader, 'k1', basket, false);
  const placed = await world.until(placing);
  for (let waitedMs = 0; struck.length === 0 && waitedMs < 5_000; waitedMs += 1) await world.advance(1);
  const [first] = struck;
  if (first === undefined) throw new Error('what should have been struck never came');
  await then(first, String(placed.body['orderId']));
  return (await settleAndAudit(pipeline, 8_000)).violations;
}

const scenarios: Readonly<Record<string, { readonly scenario: Scenario; readonly bugs: readonly string[] }>> = {
  'the answer to a capture is lost': {
    scenario: (pipeline) => strikeOnce(pipeline, ({ path }) => (path.endsWith('/capture') ? { fate: 'response-dropped' } : undefined)),
    bugs: ['dedupe-in-memory', 'dedupe-short-ttl', 'fresh-key-per-retry', 'fingerprint-of-the-moment'],
  },
  'captures are lost on their way': {
    scenario: (pipeline) =>
      strikeOnce(pipeline, ({ path }) => (path.endsWith('/capture') ? { fate: 'request-broken' } : undefined), undefined, 3),
    bugs: ['unknown-is-success'],
  },
  'payment cannot reach the replicas for a moment': {
    scenario: (pipeline) => strikeOnce(pipeline, (call) => (fromRole(call, 'payment') ? { fate: 'refused' } : undefined), undefined, 150),
    bugs: ['caches-transient-failure'],
  },
  'the customer cancels during the capture': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        ({ path }) => (path.endsWith('/capture') ? { responseMs: 700 } : undefined),
        (_call, orderId) => pipeline.world.until(cancelFor(pipeline, orderId), 30_000),
      ),
    bugs: ['cancel-skips-refund'],
  },
  'the leader crashes during the capture': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        ({ path }) => (path.endsWith('/capture') ? { responseMs: 700 } : undefined),
        async ({ from }) => {
          await pipeline.world.advance(200);
          await pipeline.restart(from);
        },
      ),
    bugs: ['successor-forgets-unfinished', 'key-per-leader'],
  },
  'the leader crashes as it tells the log': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        (call) => (isAccept(call, 'log/orders') ? { fate: 'request-dropped' } : undefined),
        ({ from }) => pipeline.restart(from),
        3,
      ),
    bugs: ['publish-after-commit'],
  },
  'the customer cancels as the leader tells the log': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        (call) => (isAccept(call, 'log/orders') ? { responseMs: 300 } : undefined),
        (_call, orderId) => pipeline.world.until(cancelFor(pipeline, orderId), 30_000),
        3,
      ),
    bugs: ['publish-before-commit'],
  },
  'the consumer crashes as it sells': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        (call) => (fromRole(call, 'inventory') && isAccept(call, 'offset/') ? { responseMs: 50 } : undefined),
        async ({ from }) => {
          await pipeline.world.advance(25);
          await pipeline.restart(from);
        },
        3,
      ),
    bugs: ['ack-before-processing'],
  },
  'the consumer crashes before it commits its offset': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        (call) => (fromRole(call, 'inventory') && isAccept(call, 'offset/') ? { fate: 'request-dropped' } : undefined),
        async ({ from }) => {
          await pipeline.restart(from);
          await pipeline.world.advance(3_000);
        },
        3,
      ),
    bugs: ['consumer-not-idempotent'],
  },
  'a reserve arrives after its cancellation': {
    scenario: (pipeline) =>
      strikeOnce(
        pipeline,
        ({ path }) => (path.endsWith('/reserve') ? { requestMs: 4_000 } : undefined),
        async (_call, orderId) => {
          await pipeline.world.advance(100);
          await pipeline.world.until(cancelFor(pipeline, orderId), 30_000);
          await pipeline.world.advance(10_000);
        },
        20,
      ),
    bugs: ['no-tombstone'],
  },
};

describe.each(Object.entries(scenarios))('when %s', (_what, { scenario, bugs }) => {
  it('the reference keeps its promises', async () => {
    expect(await scenario(await startPipeline({ seed: 5 }))).toEqual([]);
  });

  it.each(bugs)('a pipeline with %s does not', async (bug) => {
    expect(await scenario(await startPipeline({ seed: 5, bug }))).not.toEqual([]);
  });
});

describe('what callers are told', () => {
  const capture = { headers: { 'x-fencing-scope': 'orders', 'x-fencing-token': '9' }, key: 'c', cause: '0190f2a4c000.0000.test' };

  async function answersToTwoCaptures(second: number, bug?: string): Promise<readonly (readonly [status: number, body: unknown])[]> {
    const pipeline = await startPipeline({ seed: 6, ...(bug === undefined ? {} : { bug }) });
    const { headers, key, cause } = capture;
    const answers: (readonly [number, unknown])[] = [];
    for (const [node, amountCents] of [
      ['payment-1', 5],
      ['payment-2', second],
    ] as const) {
      const { status, body } = await pipeline.world.until(
        pipeline.call(node, 'POST', '/payments/o1/capture', { headers, key, body: { amountCents, cause } }),
      );
      answers.push([status, body]);
    }
    return answers;
  }

  it('is the first answer again, unless with answers-anew', async () => {
    const [first, again] = await answersToTwoCaptures(5);
    expect(again).toEqual(first);
    const [told, retold] = await answersToTwoCaptures(5, 'answers-anew');
    expect(retold).not.toEqual(told);
  });

  it('is a refusal of another body under the same key, unless with key-without-fingerprint', async () => {
    expect((await answersToTwoCaptures(6)).map(([status]) => status)).toEqual([200, 422]);
    expect((await answersToTwoCaptures(6, 'key-without-fingerprint')).map(([status]) => status)).toEqual([200, 200]);
  });

  it('is the state an order has come to, unless with reads-from-cache', async () => {
    const readTwice = async (bug?: string): Promise<unknown> => {
      const pipeline = await startPipeline({ seed: 7, ...(bug === undefined ? {} : { bug }) });
      const { world } = pipeline;
      const placed = await world.until(place(pipeline, await pipeline.untilLed(), 'k1', basket, false));
      const read = () => world.until(pipeline.call(namesOf('order')[0] ?? '', 'GET', `/orders/${String(placed.body['orderId'])}`));
      const before = (await read()).body['status'];
      await world.advance(2_000);
      return [before, (await read()).body['status']];
    };
    expect(await readTwice()).toEqual(['PENDING', 'CONFIRMED']);
    expect(await readTwice('reads-from-cache')).toEqual(['PENDING', 'PENDING']);
  });
});
