/** What shrinking came to, kept in the directory of the run that was shrunk; written anew whenever there is something smaller. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSchedule } from '../schedule-file.ts';
import type { Candidate } from './candidate.ts';
import type { Tally } from './judge.ts';

export interface Shrunk {
  /** The checker with which all of it fails. */
  readonly checker: string;
  readonly seed: number;
  readonly from: ShrunkSize;
  readonly to: ShrunkSize;
  /** How often the original failed when it was run again, and how often the smallest did. */
  readonly original: Tally;
  readonly reproduction: Tally;
  /** Runs that it took, and their time. */
  readonly runs: number;
  readonly tookMs: number;
  /** One line that a person can paste into a shell. */
  readonly command: string;
}

interface ShrunkSize {
  readonly faults: number;
  readonly timeMs: number;
  readonly ratePerSecond: number;
}

export function shrunkDirectory(runDirectory: string): string {
  return path.join(runDirectory, 'shrink');
}

/** Writes `schedule.json`, which another run can be given, and `shrink.json`. */
export function saveShrunk(runDirectory: string, best: Candidate, shrunk: Shrunk): void {
  const directory = shrunkDirectory(runDirectory);
  mkdirSync(directory, { recursive: true });
  writeSchedule(path.join(directory, 'schedule.json'), { seed: shrunk.seed, plan: best.plan });
  writeFileSync(path.join(directory, 'shrink.json'), `${JSON.stringify({ schemaVersion: 1, ...shrunk }, undefined, 2)}\n`);
}
