/**
 * Undoes a run whose harness was killed: whatever of it still lives is continued and ended, and nothing else is touched.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { appendToJournal, controlDirectoryName, type JournalEntry, journalFileName, readJournal } from './journal.ts';
import { ProcessGroup, terminate } from './process-group.ts';
import { systemProcessTable } from './process-table.ts';
import type { DriverKind, RecoveredElsewhere } from './registry.ts';
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
  /** The same for what isn't a process of this machine. */
  readonly elsewhere: RecoveredElsewhere;
}

export interface RecoverOptions {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** Those that can undo what isn't a process of this machine. */
  readonly kinds?: readonly DriverKind[];
}

const defaultGraceMs = 2_000;
/** `runs/<name>/<timestamp>/`. */
const runDepth = 3;

export async function recoverRun(runDirectory: string, options: RecoverOptions = {}): Promise<Recovery> {
  const { graceMs = defaultGraceMs, kinds = [] } = options;
  const table = systemProcessTable();
  const nothing = { runDirectory, ended: [], notOurs: [], left: [], elsewhere: { removed: [], left: [] } };
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
  const elsewhere = await recoverElsewhere(entries, kinds);
  const { removed } = elsewhere;

  if (ended.length + removed.length > 0) appendToJournal(runDirectory, { entry: 'recovered', pids: ended.map(({ pid }) => pid), removed });
  // From now on nobody elsewhere need be asked.
  if (removed.length > 0 && left.length + elsewhere.left.length === 0) appendToJournal(runDirectory, { entry: 'disposed' });
  const found = ended.length + left.length + removed.length + elsewhere.left.length;
  return { runDirectory, outcome: found > 0 ? 'recovered' : 'nothing-left', ended, notOurs, left, elsewhere };
}

async function recoverElsewhere(entries: readonly JournalEntry[], kinds: readonly DriverKind[]): Promise<RecoveredElsewhere> {
  const made = entries.filter((entry) => entry.entry === 'made');
  if (entries.some(({ entry }) => entry === 'disposed')) return { removed: [], left: [] };
  const undone = await Promise.all(
    [...new Set(made.map(({ driver }) => driver))].map(async (name): Promise<RecoveredElsewhere> => {
      const recover = kinds.find((kind) => kind.name === name)?.recover;
      if (recover === undefined) return { removed: [], left: [`what the driver ${name} made: no such driver is known here`] };
      return recover(made.filter(({ driver }) => driver === name).map(({ thing }) => thing));
    }),
  );
  return { removed: undone.flatMap(({ removed }) => removed), left: undone.flatMap(({ left }) => left) };
}

/** Every run below a directory that has a journal. Links are not followed: `latest` is one of the others. */
export async function recoverAll(runsDirectory: string, options: RecoverOptions = {}): Promise<readonly Recovery[]> {
  return Promise.all(runDirectories(runsDirectory, runDepth).map((directory) => recoverRun(directory, options)));
}

type Started = Extract<JournalEntry, { readonly entry: 'started' }>;

function startedNodes(entries: readonly JournalEntry[]): readonly Started[] {
  return entries.filter((entry) => entry.entry === 'started');
}

function runDirectories(directory: string, depth: number): readonly string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  const isRun = entries.some((entry) => entry.isFile() && entry.name === journalFileName);
  if (!isRun && depth === 0) return [];
  const own = isRun ? [directory] : [];
  // A run may hold another, its control, which was deployed after it.
  const further = entries.filter((entry) => entry.isDirectory() && (!isRun || entry.name === controlDirectoryName));
  return [...own, ...further.flatMap((entry) => runDirectories(path.join(directory, entry.name), depth - 1))];
}
