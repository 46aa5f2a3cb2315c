/** `schedule.json`: the faults of a run as planned, and what they are read back as, to be injected again or by another run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Nemesis, SchedulePlan } from '../../nemesis/index.ts';
import { type ScheduleSettings, UsageError } from '../config/index.ts';

export interface SavedSchedule {
  readonly seed: number;
  readonly plan: SchedulePlan;
}

const ms = z.number().min(0);
const faultSchema = z.strictObject({
  id: z.string().min(1),
  nemesis: z.string().min(1),
  atMs: ms,
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const scheduleSchema = z.strictObject({
  schemaVersion: z.literal(1),
  seed: z.int().min(0),
  warmUpMs: ms,
  cleanBeforeMs: ms,
  faultsMs: ms,
  cleanAfterMs: ms,
  faults: z.array(faultSchema),
});

export function scheduleText({ seed, plan }: SavedSchedule): string {
  return `${JSON.stringify({ schemaVersion: 1, seed, ...plan }, undefined, 2)}\n`;
}

export function writeSchedule(file: string, schedule: SavedSchedule): void {
  writeFileSync(file, scheduleText(schedule));
}

/** Throws a `UsageError` when there is no such file, or when it holds no schedule that could be carried out. */
export function readSchedule(file: string, known: readonly Nemesis[]): SavedSchedule {
  const text = textOf(file);
  let read: z.infer<typeof scheduleSchema>;
  try {
    read = scheduleSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).split('\n').slice(0, 2).join(' ') : (cause as Error).message;
    throw refusal(file, reason, { cause });
  }
  const { schemaVersion: _, seed, ...plan } = read;
  const problem = problemOf(plan, known);
  if (problem !== undefined) throw refusal(file, problem);
  return { seed, plan };
}

/** What a configuration takes from a schedule: how long the load is follows from its windows. */
export function scheduleSettings({ seed, plan }: SavedSchedule): ScheduleSettings {
  const nemeses = [...new Set(plan.faults.map(({ nemesis }) => nemesis))];
  return { seed, timeMs: lengthMs(plan), nemeses: nemeses.length === 0 ? ['none'] : nemeses };
}

export function lengthMs({ warmUpMs, cleanBeforeMs, faultsMs, cleanAfterMs }: SchedulePlan): number {
  return Math.max(1, Math.round(warmUpMs + cleanBeforeMs + faultsMs + cleanAfterMs));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(
      {
        code: 'schedule-not-found',
        happened: `there is no schedule at ${file}`,
        expected: 'a schedule.json, as every run leaves one',
        advice: 'runs/latest/schedule.json',
      },
      { cause },
    );
  }
}

function refusal(file: string, reason: string, options?: ErrorOptions): UsageError {
  return new UsageError(
    { code: 'schedule-unreadable', happened: `${file} is no schedule: ${reason}`, expected: 'a schedule.json of this version' },
    options,
  );
}

function problemOf({ faults, faultsMs }: SchedulePlan, known: readonly Nemesis[]): string | undefined {
  const ids = new Set<string>();
  for (const { id, nemesis: name, atMs, options } of faults) {
    if (ids.has(id)) return `two faults are called ${id}`;
    ids.add(id);
    if (atMs > faultsMs) return `${id} begins after the ${faultsMs} ms in which faults may`;
    const nemesis = known.find((candidate) => candidate.name === name);
    if (nemesis === undefined) return `${id} is of ${name}, and there is no such nemesis`;
    for (const [option, value] of Object.entries(options)) {
      const definition = Object.hasOwn(nemesis.options, option) ? nemesis.options[option] : undefined;
      if (definition === undefined) return `${id}: ${name} has no option ${option}`;
      if (typeof definition.default !== typeof value) return `${id}: ${option} is not a ${typeof definition.default}`;
    }
  }
  return undefined;
}
