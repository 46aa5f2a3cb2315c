/**
 * A node's clock and disk with faults that can be switched on while it runs. Wrapped around the real ones at the entry point, and only when
 * asked for: what is under test has no such switch otherwise.
 */
import type { Clock, Disk } from '../port.ts';
import { type ClockFault, createSkewedClock, rightClock, type SkewedClock } from './clock.ts';
import { createFaultyDisk, type DiskEffects, type DiskFault, type FaultyDisk, soundDisk } from './disk.ts';

export interface NodeFaults {
  readonly clock: ClockFault;
  readonly disk: DiskFault;
}

const noFaults: NodeFaults = { clock: rightClock, disk: soundDisk };

export interface NodeFaultState {
  readonly faults: NodeFaults;
  /** What the node takes the time to be. */
  readonly clock: { readonly wallMs: number; readonly monotonicMs: number };
  readonly disk: DiskEffects;
}

export interface FaultSwitch {
  readonly clock: SkewedClock;
  readonly disk: FaultyDisk;
  /** A part that isn't named stays as it is: whoever breaks the disk leaves the clock alone. */
  apply(change: { readonly [Part in keyof NodeFaults]?: Partial<NodeFaults[Part]> }): void;
  state(): NodeFaultState;
}

export function createFaultSwitch(clock: Clock, disk: Disk, delay: (ms: number) => Promise<void>): FaultSwitch {
  const skewed = createSkewedClock(clock);
  const faulty = createFaultyDisk(disk, delay);
  let inForce = noFaults;
  return {
    clock: skewed,
    disk: faulty,
    apply: ({ clock: clockChange, disk: diskChange }) => {
      inForce = { clock: { ...inForce.clock, ...clockChange }, disk: { ...inForce.disk, ...diskChange } };
      if (clockChange !== undefined) skewed.skew(inForce.clock);
      if (diskChange !== undefined) faulty.break(inForce.disk);
    },
    state: () => ({
      faults: inForce,
      clock: { wallMs: skewed.wallMs(), monotonicMs: skewed.monotonicMs() },
      disk: faulty.effects(),
    }),
  };
}
