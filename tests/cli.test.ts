/** The command as people meet it: the built file, in a process of its own, in an empty directory. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodes } from '../harness/config/index.ts';
import { bugs } from '../target-pipeline/bugs/index.ts';

const root = path.resolve(import.meta.dirname, '..');
const main = path.join(root, 'dist/harness/cli/main.js');

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seamproof-cli-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** An environment without anything that colours or configures. */
function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(SEAMPROOF_|NO_COLOR$|FORCE_COLOR$|CI$)/.test(name));
  return { ...Object.fromEntries(inherited), ...extra };
}

function harness(line: string, environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...line.split(' ').filter(Boolean)],
      { cwd: directory, env: cleanEnvironment(environment), timeout: 60_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe('harness --help', () => {
  it('goes to stdout with every exit code, and leaves with 0', async () => {
    const { code, stdout, stderr } = await harness('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const exit of Object.values(exitCodes)) expect(stdout).toContain(`${exit.code}  ${exit.meaning}`);
  });

  it.each(['test', 'report', 'list', 'recover', 'completion'])('knows %s', async (command) => {
    const { code, stdout } = await harness(`${command} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`harness ${command}`);
  });

  it('has no colour in a pipe, unless that is forced', async () => {
    expect((await harness('--help')).stdout).not.toContain('\u001b');
    expect((await harness('--help', { FORCE_COLOR: '1' })).stdout).toContain('\u001b');
    expect((await harness('--help', { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain('\u001b');
  });
});

describe('mistakes in usage', () => {
  it.each([
    ['', 'no command was given'],
    ['tset', 'harness test'],
    ['test --tmie 5', '--time'],
    ['test --time -5', '--time is "-5"'],
    ['test --time NaN', '--time is "NaN"'],
    ['test --nemesis pause-leder', 'pause-leader'],
    ['test --nemesis pause-leader:hodl=8s', 'pause-leader:hold=…'],
    ['test --bug fence-one-replica-skip', 'fence-one-replica-skips'],
    ['test --read-quorum 1 --write-quorum 2', '1 + 2 ≤ 3'],
    ['test --config nope.ts', 'there is no nope.ts'],
    ['test --json --reporter list', 'stdout'],
    ['list nemesis', 'harness list nemeses'],
    ['report nowhere', 'holds no finished run'],
    ['recover nowhere', 'there is no'],
  ])('"harness %s" leaves with 64, says what to do, and shows no stack', async (line, said) => {
    const { code, stdout, stderr } = await harness(line);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).toMatch(/^harness: .* \[[a-z-]+\]$/m);
  });

  it('are noticed in the environment and in the file too', async () => {
    expect(await harness('test', { SEAMPROOF_TIEM: '5' })).toMatchObject({ code: 64, stderr: expect.stringContaining('SEAMPROOF_TIME') });
    writeFileSync(path.join(directory, 'harness.config.ts'), 'export default { nemesys: "none" };\n');
    expect(await harness('test')).toMatchObject({ code: 64, stderr: expect.stringContaining('nemesis') });
  });
});

describe('harness list', () => {
  it('reads the registries', async () => {
    expect((await harness('list nemeses')).stdout).toContain('pause-leader');
    expect((await harness('list workloads')).stdout).toMatch(/^orders /m);
    expect((await harness('list checkers')).stdout).toMatch(/^fencing /m);
    expect((await harness('list targets')).stdout).toMatch(/^reference$/m);
  });

  it('prints one JSON object when asked', async () => {
    const { stdout } = await harness('list bugs --json');
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      bugs: bugs.map(({ apply: _apply, ...told }) => told),
    });
  });

  it('survives a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [main, '--help'], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('the rest of the command', () => {
  it('knows its version', async () => {
    expect(await harness('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('prints a completion script that bash understands', async () => {
    const { stdout } = await harness('completion', { SHELL: '/bin/bash' });
    expect(stdout).toContain('complete -o bashdefault');
    execFileSync('bash', ['-n'], { input: stdout });
  });

  it('has nothing to recover where nothing ran', async () => {
    expect(await harness('recover')).toEqual({ code: 0, stdout: 'nothing to recover\n', stderr: '' });
  });

  it('is found by npx in its own repository, without a registry', () => {
    const environment = cleanEnvironment({ npm_config_offline: 'true' });
    expect(execFileSync('npx', ['harness', '--version'], { cwd: root, env: environment, encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
