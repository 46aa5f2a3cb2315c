import { describe, expect, test } from 'vitest';
import { runClients } from '../client/index.ts';
import { limit, type SimulatedCompletion, type Simulation, simulate } from '../generator/index.ts';
import { createRecorder, type Operation } from '../history/index.ts';
import { type FakePipeline, startFakePipeline } from './fake-pipeline.ts';
import { createRegisters, workloads } from './index.ts';
import type { PlaceOrderValue } from './order-calls.ts';
import { orders } from './orders.ts';
import { hotSkus, stock } from './stock.ts';
import type { Workload } from './workload.ts';

/** Orders are confirmed at once; everything else repeats its argument. */
function answer(invocation: { f: string; value: unknown }, latencyMs = 20): SimulatedCompletion {
  if (invocation.f !== 'place-order') return { latencyMs, type: 'ok' };
  const { orderKey, amountCents } = invocation.value as PlaceOrderValue;
  return { latencyMs, type: 'ok', value: { orderId: `id-${orderKey}`, status: 'CONFIRMED', amountCents } };
}

function operationsOf(workload: Workload, count: number, options: Partial<Parameters<typeof simulate>[0]> = {}): Simulation {
  return simulate({
    generator: limit(count, workload.operations(1)),
    concurrency: 20,
    complete: (invocation) => answer(invocation),
    ...options,
  });
}

const invoked = (history: readonly Operation[], f?: string): Operation[] =>
  history.filter((operation) => operation.type === 'invoke' && (f === undefined || operation.f === f));

const placed = (history: readonly Operation[]): PlaceOrderValue[] =>
  invoked(history, 'place-order').map(({ value }) => value as PlaceOrderValue);

describe('every workload', () => {
  test.each(workloads.map((workload) => [workload.name, workload] as const))(
    '%s has its default rate, and the rate asked for',
    (_, workload) => {
      const rateOf = (rate?: number): number => {
        const { generator, concurrency } = workload.load({ seed: 5, timeMs: 60_000, rate });
        return invoked(simulate({ generator, concurrency, complete: (invocation) => answer(invocation) }).history).length / 60;
      };
      expect(rateOf() / workload.defaults.ratePerSecond).toBeCloseTo(1, 0);
      expect(rateOf(7) / 7).toBeCloseTo(1, 0);
    },
  );

  test.each(workloads.map((workload) => [workload.name, workload] as const))(
    '%s repeats exactly for a seed, and differs for another',
    (_, workload) => {
      const history = (seed: number): readonly Operation[] =>
        simulate({ ...workload.load({ seed, timeMs: 5000 }), complete: (invocation) => answer(invocation) }).history;
      expect(history(1)).toEqual(history(1));
      expect(history(1)).not.toEqual(history(2));
    },
  );

  test.each(workloads.map((workload) => [workload.name, workload] as const))('%s keeps to its time, open or closed', (_, workload) => {
    for (const arrivals of ['poisson', 'paced', 'closed'] as const) {
      const load = workload.load({ seed: 1, timeMs: 500, arrivals, concurrency: 5 });
      const times = invoked(simulate({ ...load, complete: (invocation) => answer(invocation) }).history).map(({ time }) => time / 1e6);
      expect(times.length).toBeGreaterThan(5);
      expect(Math.max(...times)).toBeLessThan(500);
    }
  });

  test('names are unique and descriptions are sentences', () => {
    expect(new Set(workloads.map(({ name }) => name)).size).toBe(workloads.length);
    for (const { description } of workloads) expect(description).toMatch(/^[A-Z].*\.$/);
  });
});

describe('orders', () => {
  const { history } = operationsOf(orders, 3000);

  test('places, reads and cancels in the shares it names', () => {
    const share = (f: string): number => invoked(history, f).length / 3000;
    expect(share('place-order')).toBeCloseTo(0.6, 1);
    expect(share('read-order')).toBeCloseTo(0.3, 1);
    expect(share('cancel-order')).toBeCloseTo(0.1, 1);
    const waits = placed(history).filter(({ wait }) => wait === 'terminal').length;
    expect(waits / placed(history).length).toBeCloseTo(0.25, 1);
  });

  test('gives every order a key of its own, and amounts that are distinct powers of two in each group of twenty', () => {
    const values = placed(history);
    expect(new Set(values.map(({ orderKey }) => orderKey)).size).toBe(values.length);
    for (let from = 0; from + 20 <= values.length; from += 20) {
      const amounts = values.slice(from, from + 20).map(({ amountCents }) => amountCents);
      expect(amounts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => 2 ** n));
    }
  });

  test('lists each SKU once an order, all within the catalogue', () => {
    const skus = new Set<string>();
    for (const { items } of placed(history)) {
      expect(new Set(items.map(({ sku }) => sku)).size).toBe(items.length);
      for (const { sku } of items) skus.add(sku);
    }
    expect(skus).toEqual(new Set(Array.from({ length: 50 }, (_, n) => `sku-${n + 1}`)));
  });

  test('reads and cancels only orders that a customer was told of, and cancels none twice', () => {
    const known = new Set<string>();
    const cancelled = new Set<string>();
    for (const { f, type, key = '', value } of history) {
      if (f === 'place-order' && type === 'ok') known.add((value as { orderId: string }).orderId);
      if (f === 'read-order' && type === 'invoke') expect(known).toContain(key);
      if (f === 'cancel-order' && type === 'invoke') {
        expect(known).toContain(key);
        expect(cancelled).not.toContain(key);
        expect(value).toMatchObject({ orderId: key });
        cancelled.add(key);
      }
    }
    expect(cancelled.size).toBeGreaterThan(200);
  });

  test('places the same orders whatever the answers are', () => {
    const failing = operationsOf(orders, 3000, { complete: () => ({ latencyMs: 3, type: 'fail' }) }).history;
    const count = placed(history).length;
    expect(placed(failing)).toHaveLength(3000);
    expect(placed(failing).slice(0, count)).toEqual(placed(history));
  });

  test('does not cancel what was rejected', () => {
    const rejected = operationsOf(orders, 500, {
      complete: (invocation) => {
        const completion = answer(invocation);
        return { ...completion, value: { ...(completion.value as object), status: 'REJECTED' } };
      },
    }).history;
    expect(invoked(rejected, 'cancel-order')).toEqual([]);
    expect(invoked(rejected, 'read-order').length).toBeGreaterThan(50);
  });
});

describe('registers', () => {
  test('mixes reads, writes and compare-and-sets over five keys', () => {
    const { history } = operationsOf(createRegisters(), 2000);
    const share = (f: string): number => invoked(history, f).length / 2000;
    expect(share('read')).toBeCloseTo(0.5, 1);
    expect(share('write')).toBeCloseTo(0.25, 1);
    expect(share('cas')).toBeCloseTo(0.25, 1);
    expect(new Set(history.map(({ key }) => key))).toEqual(new Set(['r-1', 'r-2', 'r-3', 'r-4', 'r-5']));
    for (const { value } of invoked(history, 'cas')) expect(value).toEqual([expect.any(Number), expect.any(Number)]);
  });

  test('with unique writes no value is written twice, and expectations are values that were seen', () => {
    const { history } = operationsOf(createRegisters({ uniqueWrites: true, keyCount: 2 }), 1000);
    const written = invoked(history).flatMap(({ f, value }) =>
      f === 'read' ? [] : [f === 'cas' ? (value as [unknown, unknown])[1] : value],
    );
    expect(new Set(written).size).toBe(written.length);
    const seen = new Set<unknown>([null]);
    for (const { type, f, value } of history) {
      const after = f === 'cas' ? (value as [unknown, unknown])[1] : value;
      if (type === 'invoke' && f === 'cas') expect(seen).toContain((value as [unknown, unknown])[0]);
      if (type === 'ok') seen.add(after);
    }
  });
});

describe('stock', () => {
  test('wants more of the hot SKUs than there is, and watches them', () => {
    const { history } = operationsOf(stock, 1500);
    const wanted = new Map<string, number>();
    for (const { items, wait } of placed(history)) {
      expect(wait).toBe('terminal');
      for (const { sku, quantity } of items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
    }
    expect([...wanted.keys()].sort()).toEqual(hotSkus);
    for (const quantity of wanted.values()) expect(quantity).toBeGreaterThan(200);
    expect(new Set(invoked(history, 'read-stock').map(({ key }) => key))).toEqual(new Set(hotSkus));
    const keys = placed(history).map(({ orderKey }) => orderKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('over real HTTP', () => {
  async function drive(workload: Workload, pipeline: FakePipeline, operations: number): Promise<readonly Operation[]> {
    const began = process.hrtime.bigint();
    const now = (): number => Number(process.hrtime.bigint() - began);
    const recorder = createRecorder({ now });
    try {
      await runClients({
        ...workload.load({ seed: 3, timeMs: 30_000, arrivals: 'closed', opDeadlineMs: 2000, concurrency: 4 }),
        generator: limit(operations, workload.operations(3)),
        client: workload.client(pipeline.endpoints, 3),
        recorder,
        now,
        signal: new AbortController().signal,
      });
    } finally {
      await pipeline.close();
    }
    return recorder.operations;
  }

  test('orders are placed, read and cancelled as the API promises', async () => {
    const pipeline = await startFakePipeline();
    const history = await drive(orders, pipeline, 200);
    expect(history).toHaveLength(400);
    expect(history.filter(({ type }) => type !== 'invoke' && type !== 'ok')).toEqual([]);
    expect(new Set(history.flatMap(({ node }) => node ?? []))).toEqual(new Set(['order-1', 'order-2', 'order-3']));
    expect(pipeline.orders.size).toBe(placed(history).length);
    for (const { key, type, f, value } of history) {
      if (f !== 'place-order' || type !== 'ok') continue;
      expect(value).toMatchObject({
        orderId: `id-of-${key}`,
        status: 'CONFIRMED',
        amountCents: pipeline.orders.get(`id-of-${key}`)?.['amountCents'],
      });
    }
    expect(new Set(pipeline.idempotencyKeys).size).toBe(pipeline.idempotencyKeys.length);
    expect(pipeline.paths.filter((path) => path === 'POST /orders?wait=terminal').length).toBeGreaterThan(10);
    expect(pipeline.paths.filter((path) => /^POST \/orders\/id-of-order-3-\d+\/cancel$/.test(path)).length).toBeGreaterThan(5);
  });

  test('registers are read, written and compared as the API promises', async () => {
    const history = await drive(createRegisters(), await startFakePipeline(), 300);
    const completions = history.filter(({ type }) => type !== 'invoke');
    const kinds = new Set(completions.map(({ f, type, error }) => `${f} ${type} ${error?.code ?? ''}`.trim()));
    expect(kinds).toEqual(new Set(['read ok', 'write ok', 'cas ok', 'cas fail cas-mismatch']));
    for (const { type, f, value } of completions) {
      if (f === 'read') expect([null, 0, 1, 2, 3, 4]).toContain(value);
      if (f === 'cas') expect(value, `${f} ${type}`).toEqual([expect.any(Number), expect.any(Number)]);
    }
  });

  test('stock is ordered and watched as the API promises', async () => {
    const history = await drive(stock, await startFakePipeline(), 50);
    expect(history.filter(({ type }) => type !== 'invoke' && type !== 'ok')).toEqual([]);
    const read = history.find(({ f, type }) => f === 'read-stock' && type === 'ok');
    expect(read?.value).toEqual({ sku: read?.key, initial: 200, available: 200, reserved: 0, sold: 0 });
  });

  test.each([
    ['cut-off JSON', '{"orderId":"a","value":'],
    ['an answer of another shape', '{"id":7}'],
    ['an order in a status that does not exist', '{"orderId":"a","status":"LOST","amountCents":1}'],
  ])('%s leaves placements and writes open and fails reads', async (_, text) => {
    const nonsense = (): Promise<FakePipeline> =>
      startFakePipeline((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(text);
        return true;
      });
    const outcomes = (history: readonly Operation[], f: string): Set<string> =>
      new Set(history.filter((o) => o.f === f && o.type !== 'invoke').map(({ type, error }) => `${type} ${error?.code}`));
    expect(outcomes(await drive(orders, await nonsense(), 30), 'place-order')).toEqual(new Set(['info unexpected-response']));
    const registers = await drive(createRegisters(), await nonsense(), 30);
    expect(outcomes(registers, 'read')).toEqual(new Set(['fail unexpected-response']));
    expect(outcomes(registers, 'write')).toEqual(new Set(['info unexpected-response']));
    expect(outcomes(registers, 'cas')).toEqual(new Set(['info unexpected-response']));
    expect(outcomes(await drive(stock, await nonsense(), 30), 'read-stock')).toEqual(new Set(['fail unexpected-response']));
  });

  test('answers lost after the effect leave placements and cancels open: the order may be there', async () => {
    const lossy = await startFakePipeline((request) => {
      if (request.method === 'GET') return false;
      request.socket.resetAndDestroy();
      return true;
    });
    const history = await drive(orders, lossy, 30);
    const outcomes = history.filter(({ type }) => type !== 'invoke').map(({ type, error }) => `${type} ${error?.code}`);
    expect(new Set(outcomes)).toEqual(new Set(['info connection-lost']));
    expect(lossy.orders.size).toBe(30);
  });
});
