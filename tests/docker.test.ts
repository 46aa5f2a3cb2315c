/** Nodes in containers: the main job there, and that nothing of it stays, however the run ends. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { docker, hasEngine, labelledThings } from './support/engine.ts';
import { type FinishedRun, readTrafficOf, runHarness, startHarness, temporaryDirectory } from './support/whole-run.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

describe('without an engine', () => {
  it('nothing is started, the exit code is 4, and the message says what to do', async () => {
    const run = await runHarness(directory.path, 'test --driver docker --nemesis none --time 5', { DOCKER_HOST: 'unix:///nowhere.sock' });
    expect(run.code).toBe(4);
    expect(run.stderr).toContain('nobody answers at unix:///nowhere.sock');
    expect(run.stderr).toContain('start Docker');
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

describe.runIf(hasEngine())('with an engine', () => {
  /** Somebody else's, named as ours are. */
  const stranger = 'seamproof-01234567-order-1';

  describe('pause-leader against the reference pipeline', () => {
    let run: FinishedRun;
    beforeAll(async () => {
      run = await runHarness(directory.path, 'test --driver docker --nemesis pause-leader --time 25 --seed 51 --json');
    }, 200_000);

    it('is valid, with the fence exercised', () => {
      const { verdict, checkers } = run.report();
      expect({ code: run.code, verdict, fencing: checkers['fencing']?.verdict }).toEqual({ code: 0, verdict: 'valid', fencing: 'valid' });
    });

    it('makes a stale write arrive at every replica, and each replica refuse it', () => {
      const stale = readTrafficOf(run.report().runDirectory).filter(
        (record) => record.faults.includes('held') && record.forwardedAt !== undefined,
      );
      expect([...new Set(stale.map(({ to }) => to))].sort()).toEqual(['replica-1', 'replica-2', 'replica-3']);
      expect([...new Set(stale.map(({ status, problem }) => `${status} ${problem}`))]).toEqual(['412 fenced']);
    });

    it('brings the logs and the data of every node out of its container', () => {
      const { runDirectory } = run.report();
      expect(readFileSync(path.join(runDirectory, 'logs/order-2.log'), 'utf8')).toMatch(/"node.started".*\n(.*\n)*.*"node.stopped"/);
      const archive = execFileSync('tar', ['-tf', path.join(runDirectory, 'data/replica-1.tar')], { encoding: 'utf8' });
      expect(archive).toMatch(/wal/);
    });

    it('leaves nothing behind', () => {
      expect(labelledThings()).toEqual([]);
    });
  });

  describe('a node that somebody else ends during the run', () => {
    it('is told with its last log lines, spoils the verdict and is none, and Ctrl-C still leaves nothing behind', async () => {
      const harness = startHarness(directory.path, 'test --driver docker --nemesis none --time 120 --json');
      await harness.seen(/clean-before/);
      const [victim] = docker('ps', '--quiet', '--filter', 'label=seamproof.node=payment-1').split('\n');
      docker('kill', victim ?? '');
      await harness.seen(/payment-1 ended by itself \(SIGKILL\)/);
      harness.child.kill('SIGINT');
      const run = await harness.finished;
      expect(run.code).toBe(130);
      const { verdict, checkers } = run.report();
      expect(verdict).toBe('unknown');
      expect(JSON.stringify(checkers['course']?.evidence)).toContain('node.started');
      expect(labelledThings()).toEqual([]);
    });
  });

  describe('a harness that is killed while a node is paused', () => {
    it('leaves everything where `harness recover` finds it by its label, and nothing else is touched', async () => {
      const harness = startHarness(
        directory.path,
        'test --driver docker --nemesis pause:durationMs=30000 --time 60 --seed 53 --name killed',
      );
      await harness.seen(/pause-1: .* paused/);
      harness.child.kill('SIGKILL');
      await harness.finished;
      // Ten nodes with a volume each, and the network.
      expect(labelledThings()).toHaveLength(21);
      const [image = ''] = docker('images', '--quiet', '--filter', 'label=seamproof.image=node').split('\n');
      docker('run', '--detach', '--name', stranger, '--label', 'seamproof=no', '--label', 'seamproof.run=', image, 'sleep', '600');
      docker('network', 'create', '--label', 'seamproof.run', stranger);
      onTestFinished(() => {
        docker('rm', '--force', stranger);
        docker('network', 'rm', stranger);
      });

      const recovered = await runHarness(directory.path, 'recover');
      expect(recovered.code).toBe(0);
      expect(recovered.stdout).toContain('order-1');
      expect(labelledThings()).toEqual([stranger, stranger]);
      expect(docker('inspect', '--format', '{{.State.Status}}', stranger)).toBe('running');
      expect((await runHarness(directory.path, 'recover')).stdout).toContain('nothing to recover');
    });
  });

  describe('a node that needs more memory than it may use', () => {
    it('does not deploy: exit code 4, and the message names the limit', async () => {
      const run = await runHarness(directory.path, 'test --driver docker --nemesis none --time 5 --node-memory-mb 24 --name small');
      expect(run.code).toBe(4);
      expect(run.stderr).toContain('out of memory: its limit is 24 MB');
      expect(existsSync(path.join(directory.path, 'runs/latest/logs'))).toBe(true);
      expect(labelledThings()).toEqual([]);
    });
  });
});
