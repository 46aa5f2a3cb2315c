/**
 * What an edge proxy costs: the median latency of a small request, direct and through the proxy, over one kept-alive connection.
 * Caller, proxy and callee share one process here, as caller and proxy do in a run, so this is the cost as a client of the harness sees it.
 *
 * Try it: npm run build && node dist/bench/proxy.js
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { createProxyPlane } from '../harness/proxy/index.ts';

const requests = 5_000;
const rounds = 5;
const body = JSON.stringify({ key: 'order/1', value: 'x'.repeat(200) });

const server = createServer((request, response) => {
  request.resume().on('end', () => response.end(body));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

let records = 0;
const startedAt = process.hrtime.bigint();
const plane = createProxyPlane({
  now: () => Number(process.hrtime.bigint() - startedAt),
  onRecord: () => {
    records += 1;
  },
});
const edge = await plane.openEdge({ from: 'client', to: 'server' }, { host: '127.0.0.1', port });

const direct = new Pool(`http://127.0.0.1:${port}`, { connections: 1, pipelining: 1 });
const proxied = new Pool(edge.url, { connections: 1, pipelining: 1 });

await latenciesUs(direct, 2_000);
await latenciesUs(proxied, 2_000);

// Alternating rounds, so that a change of the machine's speed meets both.
const directUs: number[] = [];
const proxiedUs: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  directUs.push(...(await latenciesUs(direct, requests)));
  proxiedUs.push(...(await latenciesUs(proxied, requests)));
}

const figures = { direct: summary(directUs), proxied: summary(proxiedUs) };
console.table(figures);
const differenceMs = (figures.proxied.p50Us - figures.direct.p50Us) / 1_000;
const ratio = figures.proxied.p50Us / figures.direct.p50Us;
console.log(`the proxy adds ${differenceMs.toFixed(3)} ms to the median (×${ratio.toFixed(2)}); ${records} calls recorded; bar: < 0.3 ms`);

await Promise.all([direct.close(), proxied.close()]);
await plane.close();
server.close();
process.exitCode = differenceMs < 0.3 ? 0 : 1;

async function latenciesUs(pool: Pool, count: number): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const from = process.hrtime.bigint();
    const response = await pool.request({ path: '/change', method: 'POST', body, headers: { 'content-type': 'application/json' } });
    await response.body.dump();
    samples.push(Number(process.hrtime.bigint() - from) / 1_000);
  }
  return samples;
}

function summary(samples: number[]): { p50Us: number; p99Us: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (fraction: number): number => Math.round(sorted[Math.floor(sorted.length * fraction)] ?? Number.NaN);
  return { p50Us: at(0.5), p99Us: at(0.99) };
}
