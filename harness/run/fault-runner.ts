/** Carries out a schedule of faults: each at its time, healed whatever happens, and written into the history. */
import type { Nemesis, NemesisContext, PlannedFault } from '../../nemesis/index.ts';
import { type FaultRecord, NEMESIS, type Recorder } from '../history/index.ts';

export interface FaultRunnerOptions {
  readonly faults: readonly PlannedFault[];
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  readonly contextFor: (fault: PlannedFault) => NemesisContext;
  readonly recorder: Recorder;
  /** Resolves at this many milliseconds after the fault window opened; rejects when the signal aborts. */
  readonly waitUntil: (atMs: number, signal: AbortSignal) => Promise<void>;
  /** After healing, before the next fault of the same nemesis. */
  readonly healthy: (signal: AbortSignal) => Promise<void>;
  readonly active: Set<string>;
  readonly signal: AbortSignal;
}

/** Faults of one nemesis follow each other; those of different ones overlap freely. */
export async function runFaults(options: FaultRunnerOptions): Promise<readonly FaultRecord[]> {
  const names = [...new Set(options.faults.map((fault) => fault.nemesis))];
  const records = await Promise.all(
    names.map((name) =>
      runInTurn(
        options.faults.filter((fault) => fault.nemesis === name),
        options,
      ),
    ),
  );
  return records.flat().sort((a, b) => a.startedAt - b.startedAt);
}

async function runInTurn(faults: readonly PlannedFault[], options: FaultRunnerOptions): Promise<readonly FaultRecord[]> {
  const records: FaultRecord[] = [];
  for (const fault of faults) {
    try {
      await options.waitUntil(fault.atMs, options.signal);
    } catch {
      break;
    }
    records.push(await runOne(fault, options));
    await options.healthy(options.signal).catch(() => undefined);
    if (options.signal.aborted) break;
  }
  return records;
}

async function runOne(fault: PlannedFault, options: FaultRunnerOptions): Promise<FaultRecord> {
  const nemesis = options.nemeses.get(fault.nemesis);
  if (nemesis === undefined) throw new Error(`the schedule names ${fault.nemesis}, which is not registered`);
  const context = options.contextFor(fault);
  const startedAt = context.now();
  options.active.add(fault.id);
  options.recorder.append({
    process: NEMESIS,
    type: 'info',
    f: fault.nemesis,
    value: { fault: fault.id, phase: 'inject', options: fault.options },
  });
  let record: FaultRecord;
  try {
    record = await nemesis.inject(fault, context, options.signal);
  } catch (error) {
    // Its own `finally` heals; but since nobody said so, it doesn't count as healed. Tearing down ends whatever is left of it.
    const detail = error instanceof Error ? error.message : String(error);
    context.note(`${fault.id} failed: ${detail}`);
    record = {
      id: fault.id,
      nemesis: fault.nemesis,
      targets: [],
      startedAt,
      proofs: [{ claim: 'the fault was carried through', holds: false, detail }],
      facts: {},
    };
  }
  options.active.delete(fault.id);
  options.recorder.append({
    process: NEMESIS,
    type: 'info',
    f: fault.nemesis,
    value: { fault: fault.id, phase: 'heal', targets: record.targets, proofs: record.proofs },
  });
  return record;
}
