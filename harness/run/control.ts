/**
 * The control of a run: the same load and the same faults against the same pipeline with its retries unbound. It is no verdict on anybody; it
 * shows that the storm was one, and what the bound is worth.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { controlFigures } from '../../checkers/bounded-retries/control.ts';
import { UsageError } from '../config/index.ts';
import type { FaultRecord, RunControl } from '../history/index.ts';
import { readTraffic } from './collect.ts';
import { runFiles } from './saved-run.ts';
import { runSession, type SessionOptions, type SessionResult } from './session.ts';

/** The seeded bug that the control is run with. Throws a `UsageError` when the target knows none. */
export function controlBugOf({ target }: Pick<SessionOptions, 'target'>): string {
  const bug = target.retries?.brokenBy;
  if (bug !== undefined) return bug;
  throw new UsageError({
    code: 'conflicting-settings',
    happened: `--control: the target ${target.name} names no bug that unbinds its retries`,
    expected: 'a target whose `retries` say what breaks them',
  });
}

export interface ControlRun {
  readonly control: RunControl;
  /** The faults of the run itself, each storm with the figures of its control. */
  readonly faults: readonly FaultRecord[];
  readonly leftovers: readonly string[];
}

/** Goes into a directory inside the run's own, like any other run. */
export async function runControl(options: SessionOptions, run: SessionResult): Promise<ControlRun> {
  const bug = controlBugOf(options);
  const runDirectory = path.join(options.runDirectory, runFiles.control);
  mkdirSync(runDirectory);
  options.observer.note(`the control: the same storm with ${bug}`);
  const rate = run.ratePerSecond ?? options.config.rate;
  const config = { ...options.config, bug, ...(rate === undefined ? {} : { rate }) };
  const session = await runSession({ ...options, config, runDirectory });
  const traffic = await readTraffic(path.join(runDirectory, runFiles.traffic));
  const { faults, windows, history, replicas } = session;
  writeFileSync(path.join(runDirectory, runFiles.faults), `${JSON.stringify(faults, undefined, 2)}\n`);
  const nemeses = config.nemeses.map(({ name }) => name);
  const figures = controlFigures({
    history,
    traffic,
    faults,
    windows,
    replicas,
    nemeses,
    workload: config.workload,
    logs: [],
    signals: [],
  });
  return {
    control: { bug, traffic, faults },
    faults: figures === undefined ? run.faults : run.faults.map((fault) => withFigures(fault, figures)),
    leftovers: session.leftovers,
  };
}

function withFigures(fault: FaultRecord, control: object): FaultRecord {
  return fault.nemesis === 'retry-storm' ? { ...fault, facts: { ...fault.facts, control } } : fault;
}
