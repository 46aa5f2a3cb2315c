/**
 * Hosts to log in to, on one Linux machine: each a real sshd with a network, a process table and a home directory of its own. Needs root,
 * openssh-server, iproute2 and util-linux; leaves nothing behind.
 *
 * Try it: node scripts/ssh-hosts.mjs DIRECTORY [HOW_MANY]
 * prints one line of JSON once all of them listen, with the flags for `harness test --driver ssh`, and runs until it is told to stop or its
 * standard input ends.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const directory = path.resolve(process.argv[2] ?? 'ssh-hosts');
const count = Number(process.argv[3] ?? '3');
const listenWithinMs = 20_000;
/** So that several sets of hosts can be up at once. */
const set = process.pid % 4096;

const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const undoes = [];
const hosts = [];

function newKey(file) {
  run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'seamproof-test', '-f', file);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

/** A pair of interfaces, one end in the namespace: the host can be reached from here and from nowhere else. */
function makeNetwork(name, link, here, there) {
  run('ip', 'netns', 'add', name);
  undoes.push(() => run('ip', 'netns', 'delete', name));
  run('ip', 'link', 'add', `${link}a`, 'type', 'veth', 'peer', 'name', `${link}b`, 'netns', name);
  undoes.push(() => run('ip', 'link', 'delete', `${link}a`));
  run('ip', 'address', 'add', `${here}/30`, 'dev', `${link}a`);
  run('ip', 'link', 'set', `${link}a`, 'up');
  run('ip', '-n', name, 'address', 'add', `${there}/30`, 'dev', `${link}b`);
  run('ip', '-n', name, 'link', 'set', `${link}b`, 'up');
  run('ip', '-n', name, 'link', 'set', 'lo', 'up');
}

/** What the sshd of a host is told. Its own files and nobody else's. */
function configuration(host, address) {
  return [
    'Port 22',
    `ListenAddress ${address}`,
    `HostKey ${host}/host_key`,
    `AuthorizedKeysFile ${directory}/authorized_keys`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'StrictModes no',
    'PidFile none',
    '',
  ].join('\n');
}

async function startHost(index) {
  const name = `seamproof-${set}-${index}`;
  const base = (set * 4 + index) * 4;
  const network = `198.19.${128 + ((base >> 8) & 127)}`;
  const [here, address] = [1, 2].map((last) => `${network}.${(base & 255) + last}`);
  const host = path.join(directory, `host-${index}`);
  const home = path.join(host, 'home');
  mkdirSync(home, { recursive: true });
  const hostKey = newKey(path.join(host, 'host_key'));
  writeFileSync(path.join(host, 'sshd_config'), configuration(host, address));
  makeNetwork(name, `sp${set}x${index}`, here, address);
  // The first process of the host's own process table: when it is killed, everything of the host goes with it.
  const script = `mount --bind '${home}' "$HOME" && exec /usr/sbin/sshd -D -e -f '${host}/sshd_config'`;
  const sshd = spawn(
    'ip',
    ['netns', 'exec', name, 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    },
  );
  const gone = once(sshd, 'exit');
  undoes.push(async () => {
    sshd.kill('SIGKILL');
    await gone;
  });
  let said = '';
  sshd.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4000);
  });
  await listening(
    address,
    () => sshd.exitCode !== null,
    () => said,
  );
  hosts.push({ address, pid: sshd.pid, namespace: name, home });
  return `${address} ${hostKey}`;
}

async function listening(address, hasEnded, explain) {
  const giveUpAtMs = performance.now() + listenWithinMs;
  for (;;) {
    const socket = connect(22, address);
    const answered = await once(socket, 'data').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
    if (hasEnded() || performance.now() > giveUpAtMs) throw new Error(`the sshd at ${address} does not listen: ${explain()}`);
    await delay(20);
  }
}

async function undoAll() {
  for (const undo of undoes.splice(0).reverse()) {
    try {
      await undo();
    } catch (error) {
      // Deleting a namespace takes its interfaces along: then they are gone already.
      if (!/Cannot find device/.test(String(error))) process.stderr.write(`${error}\n`);
    }
  }
}

let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  await undoAll();
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));

try {
  mkdirSync(directory, { recursive: true });
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const key = path.join(directory, 'key');
  writeFileSync(path.join(directory, 'authorized_keys'), `${newKey(key)}\n`);
  chmodSync(path.join(directory, 'authorized_keys'), 0o600);
  const known = [];
  for (let index = 0; index < count; index += 1) known.push(await startHost(index));
  const knownHosts = path.join(directory, 'known_hosts');
  const nodesFile = path.join(directory, 'nodes.txt');
  writeFileSync(knownHosts, `${known.join('\n')}\n`);
  writeFileSync(nodesFile, `# one host a line: user@host:port\n${hosts.map(({ address }) => `root@${address}:22\n`).join('')}`);
  const flags = `--driver ssh --nodes-file ${nodesFile} --ssh-key ${key} --ssh-known-hosts ${knownHosts}`;
  process.stdout.write(`${JSON.stringify({ flags, nodesFile, key, knownHosts, hosts })}\n`);
  process.stdin.on('end', () => void stop(0)).resume();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await stop(1);
}
