/**
 * Undoes a run whose harness was killed: whatever of it still lives is continued and ended, and nothing else is touched.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { appendToJournal, type JournalEntry, journalFileName, readJournal } from './journal.ts';
import { ProcessGroup, terminate } from './process-group.ts';
import { systemProcessTable } from './process-table.ts';
import { killStrays } from './strays.ts';

export interface RecoveredProcess {
  /** Absent for a process that no journal entry names. */
  readonly node?: string;
  readonly pid: number;
}

export interface Recovery {
  readonly runDirectory: string;
  /** `harness-alive`: the run is still going, so it was left alone. `unreadable`: the journal is damaged, so nobody can tell what is left. */
  readonly outcome: 'recovered' | 'nothing-left' | 'harness-alive' | 'no-journal' | 'unreadable';
  /** Why it is unreadable. */
  readonly reason?: string;
  readonly ended: readonly RecoveredProcess[];
  /** A process with the journaled id and start time that does not carry the run's id, so that it was not touched. */
  readonly notOurs: readonly RecoveredProcess[];
  /** What could not be ended. */
  readonly left: readonly RecoveredProcess[];
}

const defaultGraceMs = 2_000;
/** `runs/<name>/<timestamp>/`. */
const runDepth = 3;

export async function recoverRun(runDirectory: string, graceMs: number = defaultGraceMs): Promise<Recovery> {
  const table = systemProcessTable();
  const nothing = { runDirectory, ended: [], notOurs: [], left: [] };
  let entries: readonly JournalEntry[] | undefined;
  try {
    entries = readJournal(runDirectory);
  } catch (error) {
    // A value, so that one damaged journal doesn't keep the other runs from being recovered.
    return { ...nothing, outcome: 'unreadable', reason: String(error) };
  }
  const run = entries?.find((entry) => entry.entry === 'run');
  if (entries === undefined || run === undefined) return { ...nothing, outcome: 'no-journal' };
  if (new ProcessGroup(table, run).leader() !== undefined) return { ...nothing, outcome: 'harness-alive' };

  const notOurs: RecoveredProcess[] = [];
  const ended: RecoveredProcess[] = [];
  const left: RecoveredProcess[] = [];
  await Promise.all(
    startedNodes(entries).map(async ({ node, pid, startTime }) => {
      const group = new ProcessGroup(table, { pid, startTime, runId: run.runId });
      if (group.leader()?.belongsTo(run.runId) === false) notOurs.push({ node, pid });
      else if (!group.isGone()) ((await terminate(group, graceMs)) ? ended : left).push({ node, pid });
    }),
  );
  const strays = await killStrays(table, run.runId);
  ended.push(...strays.killed.map((pid) => ({ pid })));
  left.push(...strays.left.filter((pid) => !left.some((known) => known.pid === pid)).map((pid) => ({ pid })));

  if (ended.length > 0) appendToJournal(runDirectory, { entry: 'recovered', pids: ended.map(({ pid }) => pid) });
  return { runDirectory, outcome: ended.length + left.length > 0 ? 'recovered' : 'nothing-left', ended, notOurs, left };
}

/** Every run below a directory that has a journal. Links are not followed: `latest` is one of the others. */
export async function recoverAll(runsDirectory: string, graceMs: number = defaultGraceMs): Promise<readonly Recovery[]> {
  return Promise.all(runDirectories(runsDirectory, runDepth).map((directory) => recoverRun(directory, graceMs)));
}

type Started = Extract<JournalEntry, { readonly entry: 'started' }>;

function startedNodes(entries: readonly JournalEntry[]): readonly Started[] {
  return entries.filter((entry) => entry.entry === 'started');
}

function runDirectories(directory: string, depth: number): readonly string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  if (entries.some((entry) => entry.isFile() && entry.name === journalFileName)) return [directory];
  if (depth === 0) return [];
  return entries.filter((entry) => entry.isDirectory()).flatMap((entry) => runDirectories(path.join(directory, entry.name), depth - 1));
}
