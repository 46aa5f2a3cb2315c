import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DriverKind, recoverAll, recoverRun } from './index.ts';
import { type JournalEntry, openJournal, readJournal } from './journal.ts';
import { procTable, psTable, runIdVariable, systemProcessTable } from './process-table.ts';
import { eventually, openRun, processOf, readLog, runsForever, scriptNode, temporaryDirectory } from './test-support.ts';

interface Doomed {
  readonly runId: string;
  readonly pids: Readonly<Record<'family' | 'paused' | 'stubborn', number>>;
  readonly child: number;
  readonly stray: number;
  readonly harness: ChildProcess;
}

/** A harness of its own, with nodes in every state, ready to be killed. */
async function startDoomedHarness(runDirectory: string): Promise<Doomed> {
  const fixture = fileURLToPath(new URL('fixtures/doomed-harness.mjs', import.meta.url));
  const harness = spawn(process.execPath, [fixture, runDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void harness.kill('SIGKILL'));
  let output = '';
  harness.stdout.on('data', (part: Buffer) => {
    output += part.toString();
  });
  await eventually(
    () => output.includes('\n') && readLog(runDirectory, 'family').includes('\n') && readLog(runDirectory, 'stubborn').includes('deaf'),
    'the doomed harness',
  );
  const doomed: Doomed = { ...JSON.parse(output), ...JSON.parse(readLog(runDirectory, 'family')), harness };
  // Also when the recovery under test does nothing.
  onTestFinished(() => {
    for (const view of systemProcessTable()
      .all()
      .filter((it) => it.belongsTo(doomed.runId)))
      process.kill(view.pid, 'SIGKILL');
  });
  return doomed;
}

async function killHarness({ harness }: Doomed): Promise<void> {
  const exited = once(harness, 'exit');
  harness.kill('SIGKILL');
  await exited;
}

function bystander(env: NodeJS.ProcessEnv = {}): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('the bystander did not start');
  return child.pid;
}

function writeJournal(runDirectory: string, entries: readonly JournalEntry[]): void {
  mkdirSync(runDirectory, { recursive: true });
  writeFileSync(path.join(runDirectory, 'journal.jsonl'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

const deadHarness = { pid: 1, startTime: 'long ago' };

describe('recovering a run whose harness was killed', () => {
  test('ends every process it left, in whatever state, and is harmless the second time', async () => {
    const runDirectory = temporaryDirectory();
    const doomed = await startDoomedHarness(runDirectory);
    const everybody = [...Object.values(doomed.pids), doomed.child, doomed.stray];
    expect(await recoverRun(runDirectory, { graceMs: 100 })).toMatchObject({ outcome: 'harness-alive', ended: [] });
    await killHarness(doomed);
    expect(everybody.map((pid) => processOf(pid)?.state)).toEqual(['running', 'stopped', 'running', 'running', 'running']);
    const other = bystander();

    const recovery = await recoverRun(runDirectory, { graceMs: 100 });
    expect(recovery).toMatchObject({ runDirectory, outcome: 'recovered', notOurs: [], left: [] });
    expect(recovery.ended.toSorted((a, b) => a.pid - b.pid)).toEqual(
      [...Object.entries(doomed.pids).map(([node, pid]) => ({ node, pid })), { pid: doomed.stray }].toSorted((a, b) => a.pid - b.pid),
    );
    expect(everybody.map(processOf)).toEqual(everybody.map(() => undefined));
    expect(processOf(other)?.state).toBe('running');
    expect(readJournal(runDirectory)?.at(-1)).toMatchObject({ entry: 'recovered' });
    expect(await recoverRun(runDirectory, { graceMs: 100 })).toMatchObject({ outcome: 'nothing-left', ended: [], left: [] });
  });

  test('finds what was started just before the harness died, when its pid was not yet noted', async () => {
    const runDirectory = temporaryDirectory();
    const runId = randomUUID();
    const unnoted = bystander({ [runIdVariable]: runId });
    writeJournal(runDirectory, [
      { entry: 'run', schemaVersion: 1, runId, ...deadHarness },
      { entry: 'starting', node: 'a' },
    ]);
    expect(await recoverRun(runDirectory, { graceMs: 100 })).toMatchObject({ outcome: 'recovered', ended: [{ pid: unnoted }] });
    expect(processOf(unnoted)).toBeUndefined();
  });

  test('has what a driver made elsewhere undone by that driver, until nothing is left of it', async () => {
    const runDirectory = temporaryDirectory();
    writeJournal(runDirectory, [
      { entry: 'run', schemaVersion: 1, runId: randomUUID(), ...deadHarness },
      { entry: 'made', driver: 'cloud', thing: 'instance 1' },
      { entry: 'made', driver: 'cloud', thing: 'instance 2' },
    ]);
    const answers = [
      { removed: ['instance 1'], left: ['instance 2: busy'] },
      { removed: ['instance 2'], left: [] },
    ];
    const asked: (readonly unknown[])[] = [];
    const cloud: DriverKind = {
      name: 'cloud',
      description: 'Somewhere else.',
      create: () => {
        throw new Error('nothing is started here');
      },
      recover: async (made) => {
        asked.push(made);
        return answers[asked.length - 1] ?? { removed: [], left: [] };
      },
    };
    expect(await recoverRun(runDirectory, { kinds: [] })).toMatchObject({ elsewhere: { left: [expect.stringContaining('cloud')] } });
    expect(await recoverRun(runDirectory, { kinds: [cloud] })).toMatchObject({ outcome: 'recovered', elsewhere: answers[0] });
    expect(await recoverRun(runDirectory, { kinds: [cloud] })).toMatchObject({ outcome: 'recovered', elsewhere: answers[1] });
    expect(await recoverRun(runDirectory, { kinds: [cloud] })).toMatchObject({ outcome: 'nothing-left' });
    expect(asked).toEqual([
      ['instance 1', 'instance 2'],
      ['instance 1', 'instance 2'],
    ]);
  });

  test('never touches a process that got the id of one of its nodes', async () => {
    const runDirectory = temporaryDirectory();
    const reused = bystander();
    writeJournal(runDirectory, [
      { entry: 'run', schemaVersion: 1, runId: randomUUID(), ...deadHarness },
      { entry: 'started', node: 'a', pid: reused, startTime: `${processOf(reused)?.startTime}0` },
    ]);
    expect(await recoverRun(runDirectory, { graceMs: 100 })).toMatchObject({ outcome: 'nothing-left', ended: [], notOurs: [], left: [] });
    expect(processOf(reused)?.state).toBe('running');
  });

  test('never touches a process that does not carry the id of the run', async () => {
    const runDirectory = temporaryDirectory();
    const stranger = bystander({ [runIdVariable]: randomUUID() });
    const startTime = processOf(stranger)?.startTime ?? '';
    writeJournal(runDirectory, [
      { entry: 'run', schemaVersion: 1, runId: randomUUID(), ...deadHarness },
      { entry: 'started', node: 'a', pid: stranger, startTime },
    ]);
    expect(await recoverRun(runDirectory, { graceMs: 100 })).toMatchObject({
      outcome: 'nothing-left',
      notOurs: [{ node: 'a', pid: stranger }],
    });
    expect(processOf(stranger)?.state).toBe('running');
  });

  test('reads a journal whose last line was cut short, and mends it', async () => {
    const runDirectory = temporaryDirectory();
    const runId = randomUUID();
    const left = bystander({ [runIdVariable]: runId });
    writeJournal(runDirectory, [{ entry: 'run', schemaVersion: 1, runId, ...deadHarness }]);
    appendFileSync(path.join(runDirectory, 'journal.jsonl'), '{"entry":"star');
    expect(await recoverRun(runDirectory, { graceMs: 100 })).toMatchObject({ outcome: 'recovered', ended: [{ pid: left }] });
    expect(readJournal(runDirectory)).toMatchObject([{ entry: 'run' }, { entry: 'recovered', pids: [left] }]);
  });

  test('reports a journal that is damaged, with the line', async () => {
    const runDirectory = temporaryDirectory();
    writeJournal(runDirectory, [{ entry: 'run', schemaVersion: 1, runId: randomUUID(), ...deadHarness }]);
    appendFileSync(path.join(runDirectory, 'journal.jsonl'), '{"entry":"star\n');
    const recovery = await recoverRun(runDirectory);
    expect(recovery.outcome).toBe('unreadable');
    expect(recovery.reason).toContain('journal.jsonl:2 is not a journal entry: {"entry":"star');
  });

  test('says so when there is no journal', async () => {
    expect(await recoverRun(temporaryDirectory())).toMatchObject({ outcome: 'no-journal' });
  });
});

test('recovering all runs visits each once, leaves the living one alone, and does not follow links', async () => {
  const runs = temporaryDirectory();
  const alive = openRun();
  await alive.driver.start(scriptNode('a', runsForever));
  const { pid } = await alive.driver.status('a');
  const runId = randomUUID();
  const left = bystander({ [runIdVariable]: runId });
  const abandoned = path.join(runs, 'smoke', '2026-01-01');
  writeJournal(abandoned, [{ entry: 'run', schemaVersion: 1, runId, ...deadHarness }]);
  const living = path.join(runs, 'smoke', '2026-01-02');
  writeJournal(living, readJournal(alive.runDirectory) ?? []);
  mkdirSync(path.join(runs, 'empty'));
  symlinkSync(abandoned, path.join(runs, 'latest'));
  const recoveries = await recoverAll(runs, { graceMs: 100 });
  expect(recoveries.map(({ runDirectory, outcome }) => [runDirectory, outcome]).toSorted()).toEqual([
    [abandoned, 'recovered'],
    [living, 'harness-alive'],
  ]);
  expect([processOf(left), processOf(pid)?.state]).toEqual([undefined, 'running']);
});

test('a run directory has one journal', () => {
  const runDirectory = temporaryDirectory();
  openJournal(runDirectory);
  expect(() => openJournal(runDirectory)).toThrow('belongs to another run');
});

describe.each([
  ['/proc', procTable],
  ['ps', psTable],
])('the process table from %s', (_, table) => {
  test('tells a process from every other, its group, its state and its run', async () => {
    const runId = randomUUID();
    const pid = bystander({ [runIdVariable]: runId });
    const view = table.view(pid);
    expect(view).toMatchObject({ pid, group: pid, state: 'running' });
    expect(table.view(pid)?.startTime).toBe(view?.startTime);
    expect([view?.belongsTo(runId), view?.belongsTo(randomUUID()), view?.belongsTo(runId.slice(0, -1))]).toEqual([true, false, false]);
    process.kill(pid, 'SIGSTOP');
    await eventually(() => table.view(pid)?.state === 'stopped', 'the stop');
    expect(table.all().filter((it) => it.pid === pid)).toMatchObject([{ state: 'stopped' }]);
    process.kill(pid, 'SIGKILL');
    await eventually(() => (table.view(pid)?.state ?? 'dead') === 'dead', 'the end');
  });
});
