import { describe, expect, it } from 'vitest';
import { createFaultSwitch } from '../runtime/injected/index.ts';
import { createVirtualWorld } from '../runtime/virtual.ts';
import { faultRoutes } from './fault-control.ts';
import { createRouter } from './http.ts';

const key = 'a-key-that-nobody-guesses';

function start() {
  const { runtime } = createVirtualWorld({ seed: 1 }).node('order-1');
  const faults = createFaultSwitch(runtime.clock, runtime.disk, (ms) => runtime.timers.sleep(ms));
  const router = createRouter(faultRoutes(faults, key));
  const call = async (method: string, body: unknown, headers: Readonly<Record<string, string>> = { 'x-fault-key': key }) => {
    const response = await router({
      method,
      path: '/faults',
      query: new URLSearchParams(),
      headers,
      body: Buffer.from(JSON.stringify(body)),
      signal: new AbortController().signal,
    });
    return { status: response.status, body: JSON.parse(String(response.body)) as Record<string, unknown> };
  };
  return { faults, call };
}

describe('the fault switch of a node', () => {
  it('sets what the body names, and leaves alone what it does not', async () => {
    const { faults, call } = start();
    const before = faults.clock.wallMs();
    expect((await call('PATCH', { clock: { offsetMs: 5000 } })).status).toBe(200);
    expect(faults.clock.wallMs()).toBe(before + 5000);
    const { body } = await call('PATCH', { disk: { full: true } });
    expect(body).toMatchObject({ faults: { clock: { offsetMs: 5000 }, disk: { full: true } } });
    expect(faults.clock.wallMs()).toBe(before + 5000);
    await call('PATCH', { disk: { syncDelayMs: 20 } });
    expect((await call('GET', {})).body).toMatchObject({ faults: { disk: { full: true, syncDelayMs: 20, holdSyncs: false } } });
    expect((await call('PATCH', { disk: { full: false } })).body).toMatchObject({ faults: { disk: { full: false, syncDelayMs: 20 } } });
    await call('PATCH', { clock: { offsetMs: 0 } });
    expect(faults.clock.wallMs()).toBe(before);
  });

  it('is not there for those who do not know the key', async () => {
    const { faults, call } = start();
    for (const headers of [{}, { 'x-fault-key': 'another' }]) {
      expect((await call('GET', {}, headers)).status).toBe(404);
      expect((await call('PATCH', { disk: { full: true } }, headers)).status).toBe(404);
    }
    expect(faults.state().faults.disk.full).toBe(false);
  });

  it('refuses what it does not understand, and changes nothing', async () => {
    const { faults, call } = start();
    for (const body of [{ clock: { offset: 1 } }, { clock: { monotonicRate: 0 } }, { disk: { full: 'yes' } }, { network: {} }])
      expect((await call('PATCH', body)).status).toBe(400);
    expect(faults.state().faults).toMatchObject({ clock: { offsetMs: 0 }, disk: { full: false } });
  });
});
