import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as timer } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalDriver, openJournal } from '../drivers/index.ts';
import { createProxyPlane } from '../proxy/index.ts';
import { deploy } from './deployment.ts';
import { scriptTarget, serves, testDeployment } from './test-support.ts';

async function open(scripts: Readonly<Record<string, string>>, options: { readonly basePort?: number; readonly executable?: string } = {}) {
  const runDirectory = mkdtempSync(path.join(tmpdir(), 'seamproof-deployment-'));
  const { executable, basePort } = options;
  const driver = createLocalDriver({
    runDirectory,
    journal: openJournal(runDirectory),
    ...(basePort === undefined ? {} : { basePort }),
  });
  const plane = createProxyPlane({ now: () => 0, onRecord: () => undefined });
  const ends = new Map<string, string>();
  driver.onExit((node, { exit, expected }) => {
    if (!expected) ends.set(node, exit);
  });
  onTestFinished(async () => {
    expect(await driver.dispose()).toEqual([]);
    await plane.close();
    rmSync(runDirectory, { recursive: true });
  });
  const target = scriptTarget(scripts);
  const deployment = await deploy({
    target: executable === undefined ? target : { ...target, start: () => ({ argv: [executable], env: {} }) },
    driver,
    plane,
    runDirectory,
    deployment: testDeployment,
    endedByItself: (node) => ends.get(node),
    sleep: (ms, signal) => timer(ms, undefined, { signal }),
  });
  const healthy = (timeoutMs = 10_000) => deployment.healthy(new AbortController().signal, timeoutMs);
  return { deployment, driver, healthy };
}

describe('a deployment', () => {
  it('is healthy once every node answers, and its clients reach it through a proxy', async () => {
    const { deployment, healthy } = await open({ a: serves, b: serves });
    await healthy();
    const [first] = deployment.clientUrls;
    expect(first?.url).not.toBe(deployment.addresses.get('a'));
    expect(await (await fetch(first?.url ?? '')).text()).toBe('{"value":1}');
  });

  it('names the node that never gets ready, and why', async () => {
    const { healthy } = await open({ a: serves, mute: 'setInterval(() => {}, 1000)' });
    await expect(healthy(500)).rejects.toMatchObject({
      failure: 'deploy',
      message: expect.stringMatching(/^the target was not healthy after 0.5 s: mute \(.+\)$/),
    });
  });

  it('does not wait for a node that ended by itself, and shows what it printed last', async () => {
    const { healthy } = await open({ a: serves, broken: `console.log('no such setting: QUORUM'); process.exit(64);` });
    await expect(healthy()).rejects.toMatchObject({
      failure: 'deploy',
      message: 'the target is not healthy: broken exited with 64',
      advice: expect.stringMatching(/; the last of it:\n +broken +no such setting: QUORUM$/),
    });
  });

  it('waits for a node that was taken down on purpose', async () => {
    const { driver, healthy } = await open({ a: serves });
    await healthy();
    await driver.kill('a');
    const again = healthy();
    await driver.restart('a');
    await again;
  });

  it('does not take the answer of a stranger on the port of its node for the node', async () => {
    const { deployment, driver, healthy } = await open({ a: serves });
    await healthy();
    const port = Number(new URL(deployment.addresses.get('a') ?? '').port);
    await driver.kill('a');
    const stranger = createServer((_, answer) => answer.end());
    onTestFinished(() => void stranger.close());
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    await expect(healthy(500)).rejects.toThrow('a (it is down)');
  });

  it('fails as a deployment, not as a bug of the harness, when a command cannot be started', async () => {
    await expect(open({ a: '' }, { executable: '/no/such/command' })).rejects.toMatchObject({
      failure: 'deploy',
      message: expect.stringContaining('Cannot start a'),
    });
  });

  it('fails as a deployment when a port is taken, before anything is started', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(open({ a: serves }, { basePort: port })).rejects.toMatchObject({
      failure: 'deploy',
      message: expect.stringContaining(String(port)),
    });
  });
});
