import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SignalSample } from '../history/index.ts';
import { startScraping } from './scraper.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

/** Scrapes until `enough` samples were seen. */
async function scrape(
  urls: ReadonlyMap<string, string>,
  intervalMs: number,
  enough: (samples: readonly SignalSample[]) => boolean,
): Promise<readonly SignalSample[]> {
  const samples: SignalSample[] = [];
  let stop: (() => Promise<void>) | undefined;
  await new Promise<void>((resolve) => {
    stop = startScraping({
      urls,
      intervalMs,
      timeoutMs: intervalMs,
      now: () => samples.length,
      onSample: (sample) => {
        samples.push(sample);
        if (enough(samples)) resolve();
      },
    });
  });
  await stop?.();
  return samples;
}

describe('startScraping', () => {
  it('samples the seam signals and leaves the rest', async () => {
    const url = await serve((_request, response) => response.end('leader_token{scope="orders"} 7\nnodejs_heap_bytes 12\n'));
    const samples = await scrape(new Map([['order-1', url]]), 10_000, (seen) => seen.length >= 2);
    expect(samples.slice(0, 2)).toEqual([
      { time: 0, answeredAt: 0, node: 'order-1', name: 'up', value: 1 },
      { time: 0, answeredAt: 0, node: 'order-1', name: 'leader_token', labels: { scope: 'orders' }, value: 7 },
    ]);
    expect(samples.every(({ name }) => name === 'up' || name === 'leader_token')).toBe(true);
  });

  it('leaves a gap for a node that hangs, while the others go on being sampled', async () => {
    const hanging = await serve(() => undefined);
    const answering = await serve((_request, response) => response.end('leader_token 1\n'));
    const samples = await scrape(
      new Map([
        ['hanging', hanging],
        ['answering', answering],
      ]),
      300,
      (seen) =>
        seen.some(({ node }) => node === 'hanging') &&
        seen.filter(({ node, value }) => node === 'answering' && value !== undefined).length > 4,
    );
    const gap = samples.find(({ node }) => node === 'hanging');
    expect(gap?.name).toBe('up');
    expect(gap).not.toHaveProperty('value');
  });
});
