/** However a run ends, nothing is left running or paused, and what was recorded is kept. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodesLeft, runHarness, startHarness, temporaryDirectory } from './support/whole-run.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

describe('SIGINT while the leader is paused', () => {
  it('heals, collects, reports what there is and leaves with 130', async () => {
    const harness = startHarness(directory.path, 'test --nemesis pause-leader --time 60 --seed 31 --json');
    await harness.seen(/paused with/);
    harness.child.kill('SIGINT');
    const run = await harness.finished;
    expect(run.code).toBe(130);
    expect(run.report().stats.ops['place-order']?.ok).toBeGreaterThan(0);
    const faults = JSON.parse(readFileSync(path.join(run.report().runDirectory, 'faults.json'), 'utf8')) as readonly {
      healedAt?: number;
    }[];
    expect(faults).toEqual([expect.objectContaining({ healedAt: expect.any(Number) })]);
    expect(nodesLeft(directory.path)).toEqual([]);
  });
});

describe('SIGKILL of the harness while the leader is paused', () => {
  it('keeps the history so far, and `harness recover` ends every node', async () => {
    const harness = startHarness(directory.path, 'test --nemesis pause-leader --time 60 --seed 32 --name killed');
    await harness.seen(/paused with/);
    harness.child.kill('SIGKILL');
    await harness.finished;
    expect(nodesLeft(directory.path)).toHaveLength(10);
    const history = readFileSync(path.join(directory.path, 'runs/latest/history.jsonl'), 'utf8');
    expect(history.split('\n').length).toBeGreaterThan(50);

    const recovered = await runHarness(directory.path, 'recover');
    expect(recovered.code).toBe(0);
    expect(recovered.stdout).toContain('order-1');
    expect(nodesLeft(directory.path)).toEqual([]);
    expect((await runHarness(directory.path, 'recover')).stdout).toContain('nothing to recover');
  });
});

describe('a target that cannot be deployed', () => {
  it('is exit code 4 when a port is taken, named in the message', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const run = await runHarness(directory.path, `test --nemesis none --time 5 --base-port ${port - 4}`);
    server.close();
    expect(run.code).toBe(4);
    expect(run.stderr).toContain(String(port));
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  it('is exit code 4 when a node exits at start, with where its output is', async () => {
    const run = await runHarness(directory.path, 'test --nemesis none --time 5', { COMPACT_BYTES: 'plenty' });
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/exited with 64/);
    expect(run.stderr).toContain('logs');
    expect(nodesLeft(directory.path)).toEqual([]);
  });
});
