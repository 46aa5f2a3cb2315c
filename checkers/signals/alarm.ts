/**
 * When a signal would have raised an alarm: beyond the mean of the clean window by more than four standard deviations, on two readings running; for a
 * counter that stood still in it, at its first increment; for a node that does not answer, at once.
 */
import type { RunWindow } from '../../harness/history/index.ts';
import type { Reading, Signal } from './readings.ts';

const deviations = 4;
/** Fewer readings make no baseline. */
const baselineMin = 5;

export interface Baseline {
  readonly mean: number;
  readonly deviation: number;
  readonly readings: number;
}

export interface Alarm {
  /** When the first reading of it was taken. */
  readonly beganAt: number;
  /** When it would have been raised. */
  readonly raisedAt: number;
}

export function cleanWindows(windows: readonly RunWindow[]): readonly RunWindow[] {
  return windows.filter(({ name }) => name === 'clean-before' || name === 'clean-after');
}

function readingsIn({ readings }: Signal, windows: readonly RunWindow[]): readonly Reading[] {
  return readings.filter(({ time }) => windows.some(({ from, to }) => time >= from && time < to));
}

/**
 * What is normal: the clean window before the first fault. What faults leave behind reaches into the one after them, which is asked only where the first
 * is too short.
 */
export function normalOf(signal: Signal, windows: readonly RunWindow[]): Baseline | undefined {
  const clean = cleanWindows(windows);
  return (
    baselineOf(
      readingsIn(
        signal,
        clean.filter(({ name }) => name === 'clean-before'),
      ),
    ) ?? baselineOf(readingsIn(signal, clean))
  );
}

function baselineOf(readings: readonly Reading[]): Baseline | undefined {
  if (readings.length < baselineMin) return undefined;
  const mean = readings.reduce((sum, { value }) => sum + value, 0) / readings.length;
  const deviation = Math.sqrt(readings.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / readings.length);
  return { mean, deviation, readings: readings.length };
}

/** The value beyond which a reading is alarming; it is told with the signal. */
export function thresholdOf({ kind }: Signal, { mean, deviation }: Baseline): number {
  if (kind === 'gap') return 0;
  return kind === 'low' ? mean - deviations * deviation : mean + deviations * deviation;
}

/** Alarms among the readings, each counted once however long it lasts. */
export function alarmsIn(signal: Signal, readings: readonly Reading[], baseline: Baseline): readonly Alarm[] {
  const threshold = thresholdOf(signal, baseline);
  // The mean of equal numbers may differ from them by a rounding.
  const slack = 1e-9 * Math.abs(threshold);
  const isBeyond = ({ value }: Reading): boolean => (signal.kind === 'low' ? value < threshold - slack : value > threshold + slack);
  const atOnce = signal.kind === 'gap' || (signal.kind === 'counter' && baseline.mean === 0);
  const alarms: Alarm[] = [];
  let running = 0;
  let beganAt = 0;
  for (const reading of readings) {
    running = isBeyond(reading) ? running + 1 : 0;
    if (running === 1) beganAt = reading.time;
    if (running === (atOnce ? 1 : 2)) alarms.push({ beganAt, raisedAt: reading.time });
  }
  return alarms;
}

/** False alarms: those raised while no fault was active. */
export function cleanAlarms(signal: Signal, windows: readonly RunWindow[], baseline: Baseline): number {
  return cleanWindows(windows).reduce((sum, window) => sum + alarmsIn(signal, readingsIn(signal, [window]), baseline).length, 0);
}
