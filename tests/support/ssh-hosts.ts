/** Real sshd hosts for whole runs; each with its own network, process table and home directory. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const script = path.resolve(import.meta.dirname, '../../scripts/ssh-hosts.mjs');

export interface SshHosts {
  /** For `harness test`. */
  readonly flags: string;
  readonly knownHosts: string;
  readonly hosts: readonly { readonly address: string; readonly pid: number; readonly namespace: string; readonly home: string }[];
  stop(): Promise<void>;
}

/** Why there can be no such hosts here; `undefined` where there can. */
export function whyNoSshHosts(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root, for network namespaces';
  const missing = ['/usr/sbin/sshd', '/usr/bin/ssh-keygen', '/usr/bin/unshare'].filter((file) => !existsSync(file));
  if (missing.length > 0) return `${missing.join(', ')} missing: node scripts/install-sshd.mjs`;
  return undefined;
}

export async function startSshHosts(directory: string, count: number): Promise<SshHosts> {
  const child: ChildProcess = spawn(process.execPath, [script, directory, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let printed = '';
  const line = new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.includes('\n')) resolve(printed);
    });
    void exited.then(([code]) => reject(new Error(`the hosts ended with ${code} before they listened`)));
  });
  const stop = async (): Promise<void> => {
    child.stdin?.end();
    await exited;
  };
  return { ...(JSON.parse(await line) as Omit<SshHosts, 'stop'>), stop };
}

/** Directories of runs that are on a host. What is kept for the next run, known by its content, is not among them. */
export function runsOn({ home }: SshHosts['hosts'][number]): readonly string[] {
  const cache = path.join(home, '.cache/seamproof');
  return existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith('run-')) : [];
}

interface HostProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes of a host, seen from outside. */
export function processesOn({ namespace }: SshHosts['hosts'][number]): readonly HostProcess[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number);
  return pids.flatMap((pid) => {
    try {
      return [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
    } catch {
      return [];
    }
  });
}

/** Those of ours: nodes and agents run files that are named by their content. */
export function oursOn(host: SshHosts['hosts'][number]): readonly HostProcess[] {
  return processesOn(host).filter(({ command }) => /\.cache\/seamproof\/[0-9a-f]{64}\.cjs/.test(command));
}
