/**
 * What a run has started, on disk before it starts: whoever finds the run directory of a harness that was killed can undo it from here.
 *
 * `journal.jsonl`, one entry a line. It is not fsynced: it has to survive the death of the harness, not of the machine, with which the
 * processes it names are gone, too.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { systemProcessTable } from './process-table.ts';

const processIdentity = { pid: z.int().positive(), startTime: z.string() };

const entrySchema = z.discriminatedUnion('entry', [
  /** First line. The harness names itself, so that a run that is still going is left alone. */
  z.object({ entry: z.literal('run'), schemaVersion: z.literal(1), runId: z.uuid(), ...processIdentity }),
  /** About to start. If nothing follows, the harness died in between, and the node may live. */
  z.object({ entry: z.literal('starting'), node: z.string() }),
  z.object({ entry: z.literal('started'), node: z.string(), ...processIdentity }),
  /** About to make something that isn't a process of this machine; the driver knows what it says. */
  z.object({ entry: z.literal('made'), driver: z.string(), thing: z.unknown() }),
  /** The driver has removed everything it made. */
  z.object({ entry: z.literal('disposed') }),
  z.object({ entry: z.literal('recovered'), pids: z.array(z.int()), removed: z.array(z.string()).readonly().optional() }),
]);

export type JournalEntry = z.infer<typeof entrySchema>;

export interface Journal {
  readonly runId: string;
  /** On disk when it returns, as far as other processes are concerned. */
  append(entry: JournalEntry): void;
}

export const journalFileName = 'journal.jsonl';
/** Inside a run's directory: that of the run it is compared with, which has a journal of its own. */
export const controlDirectoryName = 'control';

/** Begins the journal of a run; a run directory has one. */
export function openJournal(runDirectory: string): Journal {
  const file = path.join(runDirectory, journalFileName);
  if (existsSync(file))
    throw new Error(`${file} exists: this directory belongs to another run. Use a new one, or \`harness recover\` to undo that run.`);
  mkdirSync(runDirectory, { recursive: true });
  const self = systemProcessTable().view(process.pid);
  if (self === undefined) throw new Error(`Cannot find the harness's own process ${process.pid} in the process table.`);
  const append = (entry: JournalEntry): void => appendFileSync(file, `${JSON.stringify(entry)}\n`);
  const runId = randomUUID();
  append({ entry: 'run', schemaVersion: 1, runId, pid: self.pid, startTime: self.startTime });
  return { runId, append };
}

/** `undefined` when the directory has no journal. Throws on a line that isn't an entry, except a last one that was cut short. */
export function readJournal(runDirectory: string): readonly JournalEntry[] | undefined {
  const file = path.join(runDirectory, journalFileName);
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  // Whatever follows the last line feed was being written when the harness died.
  lines.pop();
  return lines.map((line, index) => parseEntry(line, `${file}:${index + 1}`));
}

/** Adds to the journal of a run whose harness is gone. A last line that was cut short is removed first: it would swallow this one. */
export function appendToJournal(runDirectory: string, entry: JournalEntry): void {
  const file = path.join(runDirectory, journalFileName);
  truncateSync(file, readFileSync(file).lastIndexOf('\n') + 1);
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

function parseEntry(line: string, place: string): JournalEntry {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`${place} is not a journal entry: ${line.slice(0, 200)}`, { cause: error });
  }
}
