/** Carries out a schedule of faults: each at its time, healed whatever happens, and written into the history. */
import type { Nemesis, NemesisContext, PlannedFault } from '../../nemesis/index.ts';
import { type FaultRecord, NEMESIS, type Recorder } from '../history/index.ts';
import { type FaultLimits, injectWithin } from './fault-deadline.ts';

export interface FaultRunnerOptions {
  readonly faults: readonly PlannedFault[];
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  readonly contextFor: (fault: PlannedFault) => NemesisContext;
  readonly recorder: Recorder;
  /** Resolves at this many milliseconds after the fault window opened; rejects when the signal aborts. */
  readonly waitUntil: (atMs: number, signal: AbortSignal) => Promise<void>;
  /** Will the load last until this fault has had its course, if it begins now? One that it cuts off would have proven nothing. */
  readonly hasTimeFor: (fault: PlannedFault) => boolean;
  readonly limitsOf: (fault: PlannedFault) => FaultLimits;
  /** After healing, before the next fault of the same nemesis. */
  readonly healthy: (signal: AbortSignal) => Promise<void>;
  /** The pipeline was not ready again after this fault, though it was healed. */
  readonly onUnhealthy: (fault: string, reason: string) => void;
  readonly active: Set<string>;
  readonly signal: AbortSignal;
}

/** Faults of one nemesis follow each other; those of different ones overlap freely. Resolves or rejects once none is under way. */
export async function runFaults(options: FaultRunnerOptions): Promise<readonly FaultRecord[]> {
  const names = [...new Set(options.faults.map((fault) => fault.nemesis))];
  // When one nemesis can't go on, the others heal and stop as well.
  const stop = new AbortController();
  const follow = (): void => stop.abort(options.signal.reason);
  if (options.signal.aborted) follow();
  options.signal.addEventListener('abort', follow, { once: true });
  const results = await Promise.allSettled(
    names.map((name) =>
      runInTurn(
        options.faults.filter((fault) => fault.nemesis === name),
        { ...options, signal: stop.signal },
      ).catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  options.signal.removeEventListener('abort', follow);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])).sort((a, b) => a.startedAt - b.startedAt);
}

async function runInTurn(faults: readonly PlannedFault[], options: FaultRunnerOptions): Promise<readonly FaultRecord[]> {
  const { signal } = options;
  const records: FaultRecord[] = [];
  for (const fault of faults) {
    try {
      await options.waitUntil(fault.atMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      break;
    }
    if (!options.hasTimeFor(fault)) break;
    records.push(await runOne(fault, options));
    try {
      await options.healthy(signal);
    } catch (error) {
      if (!signal.aborted) options.onUnhealthy(fault.id, error instanceof Error ? error.message : String(error));
    }
    if (signal.aborted) break;
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
  const plane = ownPart(context.plane);
  let record: FaultRecord;
  try {
    record = await injectWithin(options.limitsOf(fault), options.signal, (signal) => nemesis.inject(fault, { ...context, plane }, signal));
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
  if (plane.withdraw() > 0) {
    context.note('left rules at the edge proxies, which were removed');
    const { healedAt: _, ...rest } = record;
    record = {
      ...rest,
      proofs: [...record.proofs, { claim: 'the fault took back what it did', holds: false, detail: 'it left rules at the edge proxies' }],
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

/** The plane as one fault uses it. What it forgets to take back must not go on after it: nobody would know of that fault. */
function ownPart(plane: NemesisContext['plane']): NemesisContext['plane'] & { /** How many rules were left. */ withdraw(): number } {
  const left = new Set<() => void>();
  return {
    onTraffic: (listener) => plane.onTraffic(listener),
    addRule(rule) {
      const remove = plane.addRule(rule);
      left.add(remove);
      return () => {
        left.delete(remove);
        remove();
      };
    },
    withdraw() {
      const count = left.size;
      for (const remove of left) remove();
      left.clear();
      return count;
    },
  };
}
