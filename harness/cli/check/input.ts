/** What the argument of `harness check` means: a history file, or the directory of a run, whose workload says by which model it is judged. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ModelName } from '../../../checkers/index.ts';
import { UsageError } from '../../config/index.ts';
import { runFiles } from '../../run/saved-run.ts';
import { workloads } from '../../workloads/index.ts';
import { modelNames } from './options.ts';

export interface CheckInput {
  readonly file: string;
  /** Set for a run: only operations that its model knows, on some key, are judged. The others are the other checkers' to judge. */
  readonly run?: { readonly workload?: string; readonly model?: ModelName };
}

export async function findHistory(given: string): Promise<CheckInput> {
  if (!existsSync(given)) {
    throw new UsageError({
      code: 'history-not-found',
      happened: `there is no ${given}`,
      expected: 'a history file, or the directory of a run such as runs/latest',
    });
  }
  if (!statSync(given).isDirectory()) return { file: given };
  const file = path.join(given, runFiles.history);
  if (!existsSync(file)) {
    throw new UsageError({
      code: 'history-not-found',
      happened: `${given} holds no ${runFiles.history}`,
      expected: 'a history file, or the directory of a run such as runs/latest',
    });
  }
  const workload = await workloadOf(given);
  // A run that was killed has no run.json; its history is still evidence.
  if (workload === undefined) return { file, run: {} };
  const judged = workloads.find(({ name }) => name === workload)?.checkers.includes('linearizable') === true;
  return { file, run: { workload, ...(judged ? { model: 'cas-register' as const } : {}) } };
}

/** A workload of which no model can say anything. */
export function refuseWithoutModel({ file, run }: CheckInput): void {
  if (run?.workload === undefined || run.model !== undefined) return;
  throw new UsageError({
    code: 'invalid-arguments',
    happened: `no model judges the operations of the workload ${run.workload} in ${file}`,
    expected: `the history of a workload such as registers, or --model with one of ${modelNames.join(', ')}`,
    advice: `harness report ${path.dirname(file)}, for what the run’s own checkers found`,
  });
}

const header = z.looseObject({ evidence: z.looseObject({ workload: z.string() }) });

async function workloadOf(directory: string): Promise<string | undefined> {
  const file = path.join(directory, runFiles.run);
  if (!existsSync(file)) return undefined;
  try {
    return header.parse(JSON.parse(await readFile(file, 'utf8'))).evidence.workload;
  } catch (cause) {
    throw new UsageError(
      { code: 'run-unreadable', happened: `${file} cannot be read`, expected: 'the file that a run of this version wrote' },
      { cause },
    );
  }
}
