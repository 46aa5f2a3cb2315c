/**
 * What a run leaves in its directory, beside the files that were appended while it went on, and how all of it is read back:
 * `harness report` shows a run again from these files alone.
 */
import { existsSync } from 'node:fs';
import { readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Nemesis, SchedulePlan } from '../../nemesis/index.ts';
import type { ReportInput, RunSummary } from '../../reports/index.ts';
import { type ResolvedConfig, resolvedConfigSchema, UsageError } from '../config/index.ts';
import { controlDirectoryName } from '../drivers/index.ts';
import {
  type FaultRecord,
  type Ledger,
  type LogRecord,
  type RunControl,
  type RunEvidence,
  type RunVerdict,
  readHistory,
  readJsonLines,
  type SignalSample,
  type TrafficRecord,
} from '../history/index.ts';
import { readTraffic } from './collect.ts';
import { readSchedule } from './schedule-file.ts';

/** Names inside a run's directory. */
export const runFiles = {
  /** Appended while the run goes on. */
  history: 'history.jsonl',
  traffic: 'traffic.jsonl',
  signals: 'signals.jsonl',
  /** Written before it begins. */
  schedule: 'schedule.json',
  /** Written once it is over. */
  run: 'run.json',
  faults: 'faults.json',
  ledger: 'ledger.json',
  verdict: 'verdict.json',
  /** What the target read out of the node logs. */
  events: 'events.jsonl',
  /** A directory with the run that this one is compared with, where there was one. */
  control: controlDirectoryName,
} as const;

export interface FinishedRun {
  readonly config: ResolvedConfig;
  readonly report: ReportInput;
}

type EvidenceHeader = Pick<RunEvidence, 'windows' | 'replicas' | 'fenceRefusal' | 'workload' | 'nemeses'> & {
  readonly controlBug?: string;
};

/** Of `run.json` this much is checked; the rest is what `saveRun` of the same schema version wrote. */
const runHeader = z.looseObject({
  schemaVersion: z.literal(1),
  config: resolvedConfigSchema,
  // Runs of earlier builds say less.
  summary: z.looseObject({ remarks: z.array(z.string()).default([]), stats: z.looseObject({ missed: z.number().default(0) }) }),
  evidence: z.looseObject({}),
});

/** Writes what is known only at the end, into the run's directory. */
export async function saveRun({ config, report }: FinishedRun): Promise<void> {
  const { verdict, run, evidence } = report;
  const { windows, replicas, fenceRefusal, workload, nemeses, control } = evidence;
  const header: EvidenceHeader = {
    windows,
    replicas,
    ...(fenceRefusal === undefined ? {} : { fenceRefusal }),
    workload,
    nemeses,
    ...(control === undefined ? {} : { controlBug: control.bug }),
  };
  const file = (name: string) => path.join(run.runDirectory, name);
  await writeFile(file(runFiles.faults), asJson(evidence.faults));
  await writeFile(file(runFiles.verdict), asJson(verdict));
  if (evidence.ledger !== undefined) await writeFile(file(runFiles.ledger), asJson(evidence.ledger));
  await writeFile(file(runFiles.events), evidence.logs.map((record) => `${JSON.stringify(record)}\n`).join(''));
  // Last: a directory with this file is that of a finished run.
  await writeFile(file(runFiles.run), asJson({ schemaVersion: 1, config, summary: run, evidence: header }));
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Reads a finished run. Links such as `runs/latest` are followed. Throws a `UsageError` when there is none, or one of another version. */
export async function readRun(given: string): Promise<FinishedRun> {
  const directory = await finishedRunDirectory(given);
  const file = (name: string) => path.join(directory, name);
  return unlessUnreadable(directory, async () => {
    const { config, summary, evidence } = runHeader.parse(await readJson(file(runFiles.run)));
    const { controlBug, ...header } = evidence as unknown as EvidenceHeader;
    const lines = async <T>(name: string) =>
      existsSync(file(name)) ? (await readJsonLines(file(name), (value) => value as T)).values : [];
    const ledger = existsSync(file(runFiles.ledger)) ? { ledger: (await readJson(file(runFiles.ledger))) as Ledger } : {};
    return {
      config,
      report: {
        verdict: (await readJson(file(runFiles.verdict))) as RunVerdict,
        // A run may have been moved since: it is where it was found.
        run: { ...(summary as unknown as RunSummary), runDirectory: directory },
        evidence: {
          ...header,
          history: (await readHistory(file(runFiles.history))).operations,
          traffic: await lines<TrafficRecord>(runFiles.traffic),
          signals: await lines<SignalSample>(runFiles.signals),
          logs: await lines<LogRecord>(runFiles.events),
          faults: (await readJson(file(runFiles.faults))) as readonly FaultRecord[],
          ...ledger,
          ...(controlBug === undefined ? {} : { control: await readControl(file(runFiles.control), controlBug) }),
        },
      },
    };
  });
}

/** Of a finished run, what it was asked to do and what came of it, without its evidence. Throws as `readRun` does. */
export interface RunSetup {
  readonly directory: string;
  readonly config: ResolvedConfig;
  readonly plan: SchedulePlan;
  readonly verdict: RunVerdict;
  readonly faults: readonly FaultRecord[];
}

export async function readRunSetup(given: string, known: readonly Nemesis[]): Promise<RunSetup> {
  const directory = await finishedRunDirectory(given);
  const file = (name: string) => path.join(directory, name);
  return unlessUnreadable(directory, async () => ({
    directory,
    config: runHeader.parse(await readJson(file(runFiles.run))).config,
    plan: readSchedule(file(runFiles.schedule), known).plan,
    verdict: (await readJson(file(runFiles.verdict))) as RunVerdict,
    faults: (await readJson(file(runFiles.faults))) as readonly FaultRecord[],
  }));
}

async function finishedRunDirectory(given: string): Promise<string> {
  const directory = existsSync(given) ? await realpath(given) : given;
  if (existsSync(path.join(directory, runFiles.run))) return directory;
  throw new UsageError({
    code: 'run-not-found',
    happened: `${directory} holds no finished run`,
    expected: `a directory with ${runFiles.run} and ${runFiles.verdict}, such as runs/latest`,
  });
}

async function unlessUnreadable<T>(directory: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason =
      cause instanceof z.ZodError ? z.prettifyError(cause).split('\n')[0] : cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      {
        code: 'run-unreadable',
        happened: `the run in ${directory} cannot be read: ${reason ?? ''}`,
        expected: 'the files of a finished run of this version',
      },
      { cause },
    );
  }
}

/** With what it was compared. */
async function readControl(directory: string, bug: string): Promise<RunControl> {
  const faults = (await readJson(path.join(directory, runFiles.faults))) as readonly FaultRecord[];
  return { bug, faults, traffic: await readTraffic(path.join(directory, runFiles.traffic)) };
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8')) as unknown;
}
