/** What the kernel offers to faults below HTTP. Tried in a network namespace of its own where that is allowed: nothing of the machine changes. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Finding } from './finding.ts';

const run = promisify(execFile);
const tryWithinMs = 5_000;

export async function examineKernel(): Promise<readonly Finding[]> {
  if (process.platform !== 'linux')
    return [{ subject: 'kernel', state: 'limited', detail: `${process.platform}, so that nothing of Linux can be tried` }];
  const [netem, packetFilter] = await Promise.all([examineNetem(), examinePacketFilter()]);
  return [netem, packetFilter, examineFreezer()];
}

async function examineNetem(): Promise<Finding> {
  const failure = await tried('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms');
  return failure === undefined
    ? { subject: 'netem', state: 'good', detail: 'tc netem works' }
    : {
        subject: 'netem',
        state: 'limited',
        detail: `tc netem does not work here (${failure}); latency and loss happen at the edge proxies instead`,
      };
}

async function examinePacketFilter(): Promise<Finding> {
  const failure = await tried('iptables', '-w', '-A', 'INPUT', '-j', 'ACCEPT');
  return failure === undefined
    ? { subject: 'iptables', state: 'good', detail: 'packet filters work' }
    : {
        subject: 'iptables',
        state: 'limited',
        detail: `packet filters can't be set from here (${failure}); partitions happen at the edge proxies, or in containers with their own filters`,
      };
}

function examineFreezer(): Finding {
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const groups = unified ? readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  const hasOne = groups.some(({ name }) => existsSync(`/sys/fs/cgroup/${name}/cgroup.freeze`)) || existsSync('/sys/fs/cgroup/freezer');
  return hasOne
    ? { subject: 'cgroup freezer', state: 'good', detail: unified ? 'version 2' : 'version 1' }
    : {
        subject: 'cgroup freezer',
        state: 'limited',
        detail: 'not found, so that containers can hardly be paused; processes are paused by signals',
      };
}

/** Why it failed, in a line. */
async function tried(command: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    await run('unshare', ['--net', command, ...args], { timeout: tryWithinMs });
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
    const said = stderr.trim() === '' ? message : stderr.trim();
    return said.split('\n').at(-1) ?? said;
  }
}
