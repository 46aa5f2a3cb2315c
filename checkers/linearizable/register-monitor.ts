/**
 * Decides registers whose values are each written at most once, in linear time (Gibbons and Korach, "Testing shared memories", 1997, §4.2).
 *
 * A value, its write and its reads make a cluster; a linearization is an order of clusters. Let `finish` be the earliest return in a
 * cluster and `start` its latest call. When `finish < start` the value was certainly current in between: a *forward* zone. Otherwise the cluster
 * can be placed at any one point of `[start, finish]`: a *backward* zone. The history is linearizable exactly when no read precedes its write,
 * no two forward zones overlap and no backward zone lies within a forward one; all of the latter two say that some operation of either
 * cluster precedes some operation of the other.
 *
 * A write without a known end whose value was read has an open end; if nobody read it, it need not have happened.
 */
import { firstConflict } from './monitors/index.ts';
import { callPositions, type Partition } from './partitions.ts';
import { NEVER } from './problem.ts';
import { REGISTER_READ, REGISTER_WRITE, type RegisterColumns } from './register-columns.ts';

/** Only reads and writes, every value written once, and never the initial one. */
export function hasUniqueWrites({ kinds, first, valueCount, initial }: RegisterColumns, relevant: Uint8Array): boolean {
  const written = new Uint8Array(valueCount);
  written[initial] = 1;
  for (let local = 0; local < kinds.length; local++) {
    if (relevant[local] === 0 || kinds[local] === REGISTER_READ) continue;
    if (kinds[local] !== REGISTER_WRITE || written[first[local] as number] === 1) return false;
    written[first[local] as number] = 1;
  }
  return true;
}

/** The position of the first return that can't be explained, -1 when there is none. */
export function firstImpossibleReturn(columns: RegisterColumns, relevant: Uint8Array, partition: Partition): number {
  const called = callPositions(partition);
  return firstConflict((end) => conflictBefore(columns, relevant, called, partition.returns, end), partition.events.length);
}

/**
 * Judges the history cut off before position `end`: what had not returned by then has no known end. Returns the position of a return
 * by which there is certainly a conflict, or -1.
 */
function conflictBefore(
  { kinds, first, valueCount: clusters, initial }: RegisterColumns,
  relevant: Uint8Array,
  calls: Int32Array,
  returns: Int32Array,
  end: number,
): number {
  const finish = new Int32Array(clusters).fill(NEVER);
  const start = new Int32Array(clusters).fill(-1);
  /** The return by which the operation that starts latest is known to have happened. */
  const evident = new Int32Array(clusters).fill(-1);
  const writes = new Int32Array(clusters).fill(-1);
  let conflict = -1;
  const found = (position: number): void => {
    if (conflict === -1 || position < conflict) conflict = position;
  };

  finish[initial] = -1;
  for (let local = 0; local < kinds.length; local++) {
    if (relevant[local] === 0 || (calls[local] as number) >= end) continue;
    const value = first[local] as number;
    const returned = (returns[local] as number) < end ? (returns[local] as number) : NEVER;
    if (kinds[local] === REGISTER_WRITE) writes[value] = local;
    else if (returned === NEVER) continue;
    else if ((calls[local] as number) > (start[value] as number)) {
      start[value] = calls[local] as number;
      evident[value] = returned;
    }
    if (returned < (finish[value] as number)) finish[value] = returned;
  }
  const zoneAt = new Int32Array(end).fill(-1);
  for (let value = 0; value < clusters; value++) {
    const done = finish[value] as number;
    if (done === NEVER || value === initial) continue;
    const write = writes[value] as number;
    if (write === -1 || (calls[write] as number) > done) {
      // Read, but not written before the read returned.
      found(done);
      continue;
    }
    if ((calls[write] as number) > (start[value] as number)) {
      start[value] = calls[write] as number;
      evident[value] = done;
    }
    zoneAt[Math.min(done, start[value] as number)] = value;
  }
  // The forward zone that reaches furthest among those begun so far.
  let reach = start[initial] as number;
  let reaching = initial;
  for (let position = 0; position < end; position++) {
    const value = zoneAt[position] as number;
    if (value === -1) continue;
    const done = finish[value] as number;
    if (reach > done) found(Math.max(done, evident[value] as number, finish[reaching] as number, evident[reaching] as number));
    const latest = start[value] as number;
    if (done < latest && latest > reach) {
      reach = latest;
      reaching = value;
    }
  }
  return conflict;
}
