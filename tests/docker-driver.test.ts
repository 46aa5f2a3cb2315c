/** The verbs of the Docker driver on one real container, which calls the harness again and again. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerDriver } from '../harness/drivers/docker/docker-driver.ts';
import { type NodeExit, openJournal, type RunDriver } from '../harness/drivers/index.ts';
import { hasEngine, labelledThings } from './support/engine.ts';

const caller = `
  const { get } = require('node:http');
  setInterval(() => {
    const call = get(process.env.URL, { timeout: 300, agent: false }, (answer) => answer.resume().on('end', () => console.log('answered')));
    call.on('error', () => {}).on('timeout', () => call.destroy());
  }, 50);
`;

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited 30 s for ${what}`);
    await delay(20);
  }
}

describe.runIf(hasEngine())('a container that calls the harness', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'seamproof-docker-'));
  const exits: NodeExit[] = [];
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.end('ok');
  });
  let driver: RunDriver;

  beforeAll(async () => {
    const file = path.join(directory, 'caller.cjs');
    writeFileSync(file, caller);
    driver = createDockerDriver({
      runDirectory: directory,
      journal: openJournal(directory),
      note: () => undefined,
      limits: { memoryMb: 128, cpus: 1 },
      graceMs: 1_000,
    });
    driver.onExit((_node, exit) => exits.push(exit));
    const place = (await driver.prepare({ nodes: [{ name: 'caller', role: 'test' }], files: [file] })).get('caller');
    server.listen(0, driver.listenHost('caller'));
    await once(server, 'listening');
    const { address, port } = server.address() as AddressInfo;
    const url = await driver.urlFrom('caller', { host: address, port }, 'callee');
    await driver.start({ name: 'caller', role: 'test', argv: ['node', place?.pathOf(file) ?? ''], env: { URL: url }, port: 8080 });
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    expect(await driver.dispose()).toEqual([]);
    expect(labelledThings()).toEqual([]);
    expect(readFileSync(path.join(directory, 'logs/caller.log'), 'utf8')).toContain('answered');
    rmSync(directory, { recursive: true });
  });

  const callsGoOn = async (): Promise<void> => {
    const before = calls;
    await until('another call', () => calls > before + 2);
  };

  it('reaches it', callsGoOn);

  it('stops when it is paused, and goes on when it is resumed, twice without harm', async () => {
    await driver.pause('caller');
    await driver.pause('caller');
    expect((await driver.status('caller')).state).toBe('paused');
    await driver.resume('caller');
    await driver.resume('caller');
    expect((await driver.status('caller')).state).toBe('running');
    await callsGoOn();
  });

  it('hears nothing while its packets are dropped, also after a restart, and is whole once that is healed', async () => {
    const cut = await driver.network?.cut([{ from: 'caller', to: 'callee', half: 'request' }]);
    const dropped = async (): Promise<number> => (await cut?.droppedPackets()) ?? 0;
    await until('a dropped packet', async () => (await dropped()) > 0);
    const reached = calls;
    await until('more dropped packets', async () => (await dropped()) > 20);
    expect(calls).toBe(reached);
    await driver.restart('caller');
    await until('a dropped packet of the next life', async () => (await dropped()) > 0);
    await cut?.heal();
    await cut?.heal();
    await callsGoOn();
  });

  it('is healed while it is paused, too', async () => {
    const cut = await driver.network?.cut([{ from: 'caller', to: 'callee', half: 'response' }]);
    await driver.pause('caller');
    await cut?.heal();
    await driver.resume('caller');
    await callsGoOn();
  });

  it('that is killed has exited as expected, and starts again as another process', async () => {
    const { pid } = await driver.status('caller');
    await driver.kill('caller');
    expect(await driver.status('caller')).toEqual({ state: 'exited', pid, exit: 'SIGKILL' });
    expect(exits.at(-1)).toEqual({ pid, exit: 'SIGKILL', expected: true });
    await driver.restart('caller');
    const again = await driver.status('caller');
    expect(again.state).toBe('running');
    expect(again.pid).not.toBe(pid);
    await callsGoOn();
  });
});
