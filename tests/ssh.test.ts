/** Runs on hosts: real sshd, real keys, and nothing left on a host whatever becomes of the harness. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilTrue } from './support/pipeline-nodes.ts';
import { oursOn, processesOn, runsOn, type SshHosts, startSshHosts, whyNoSshHosts } from './support/ssh-hosts.ts';
import { type FinishedRun, readTrafficOf, runHarness, startHarness, temporaryDirectory } from './support/whole-run.ts';

const why = whyNoSshHosts();
if (why !== undefined && process.env['CI_REQUIRE_ALL'] === '1') throw new Error(`hosts reached over SSH are not tested: ${why}`);
if (why !== undefined) process.stderr.write(`skipped, hosts reached over SSH: ${why}\n`);

const directory = temporaryDirectory();
let lab: SshHosts | undefined;
/** A process and a directory that look like ours and aren't. */
let strangers: readonly { readonly pid?: number | undefined }[] = [];

const hosts = (): SshHosts => {
  if (lab === undefined) throw new Error('the hosts were not started');
  return lab;
};
const nothingOfOurs = () =>
  hosts().hosts.flatMap((host) => [...runsOn(host).filter((name) => name !== 'run-somebody-else'), ...oursOn(host)]);

beforeAll(async () => {
  if (why !== undefined) return;
  lab = await startSshHosts(path.join(directory.path, 'hosts'), 3);
  strangers = lab.hosts.map(({ namespace, home }) => {
    mkdirSync(path.join(home, '.cache/seamproof/run-somebody-else'), { recursive: true });
    return spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', 'setInterval(() => {}, 1000)', 'replica-1', 'bundle.cjs'], {
      stdio: 'ignore',
    });
  });
});
afterAll(async () => {
  for (const { pid } of strangers) if (pid !== undefined) process.kill(pid, 'SIGKILL');
  await lab?.stop();
  directory.remove();
});

describe.skipIf(why !== undefined)('pause-leader on three hosts', () => {
  let run: FinishedRun;
  beforeAll(async () => {
    run = await runHarness(directory.path, `test ${hosts().flags} --nemesis pause-leader --time 20 --rate 10 --seed 11 --json`);
  }, 200_000);

  it('is valid, with a stale write refused at every replica', () => {
    const { verdict, summary } = run.report();
    expect({ code: run.code, verdict, summary }).toEqual({ code: 0, verdict: 'valid', summary: expect.stringMatching(/^Every property/) });
    const stale = readTrafficOf(run.report().runDirectory).filter(
      (record) => record.faults.includes('held') && record.status !== undefined,
    );
    expect([...new Set(stale.map((record) => `${record.status} ${record.problem}`))]).toEqual(['412 fenced']);
  });

  it('leaves nothing of ours on any host, and what is not ours as it was', () => {
    expect(nothingOfOurs()).toEqual([]);
    for (const host of hosts().hosts) {
      expect(runsOn(host)).toEqual(['run-somebody-else']);
      expect(processesOn(host).filter(({ command }) => command.endsWith('replica-1 bundle.cjs'))).toHaveLength(1);
    }
  });
});

describe.skipIf(why !== undefined)('a run on hosts that does not end as planned', () => {
  it('leaves nothing of ours after an interruption', async () => {
    const run = startHarness(directory.path, `test ${hosts().flags} --time 10m --rate 5`);
    await run.seen(/warm-up/);
    run.child.kill('SIGINT');
    expect((await run.finished).code).toBe(130);
    expect(nothingOfOurs()).toEqual([]);
  });

  it('leaves nothing of ours when the harness was killed and `harness recover` has run', async () => {
    const run = startHarness(directory.path, `test ${hosts().flags} --time 10m --rate 5`);
    await run.seen(/warm-up/);
    expect(nothingOfOurs()).not.toEqual([]);
    run.child.kill('SIGKILL');
    await run.finished;
    const recovery = await runHarness(directory.path, 'recover');
    expect({ code: recovery.code, stdout: recovery.stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/removed what the run had on/),
    });
    expect(nothingOfOurs()).toEqual([]);
  });

  it('is no verdict when a connection is lost, but exit code 4, and nothing of ours stays', async () => {
    const run = startHarness(directory.path, `test ${hosts().flags} --time 10m --rate 5 --json`);
    await run.seen(/warm-up/);
    const [host] = hosts().hosts;
    const sessions = host === undefined ? [] : processesOn(host).filter(({ command }) => /^sshd: root/.test(command));
    expect(sessions.length).toBeGreaterThan(0);
    for (const { pid } of sessions) process.kill(pid, 'SIGKILL');
    const { code, stdout, stderr } = await run.finished;
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(`the connection to root@${host?.address} was lost`);
    await untilTrue('nothing of ours is on the hosts', async () => nothingOfOurs().length === 0);
  });

  it('is refused before anything starts when nobody knows the host, with what to do', async () => {
    const strange = path.join(directory.path, 'nobody');
    writeFileSync(strange, '');
    const run = await runHarness(directory.path, `test ${hosts().flags.replace(hosts().knownHosts, strange)} --time 5`);
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/is not in .*; its key is ssh-ed25519 SHA256:/);
    expect(run.stderr).toContain('ssh-keyscan');
  });
});
