/** A schedule for people: when what begins, and with which options. */
import type { SchedulePlan } from '../../nemesis/index.ts';

export function describeSchedule(plan: SchedulePlan, seed: number): string {
  const { warmUpMs, cleanBeforeMs, faultsMs, cleanAfterMs, faults } = plan;
  const faultsAtMs = warmUpMs + cleanBeforeMs;
  const idWidth = Math.max(0, ...faults.map(({ id }) => id.length));
  const rows: readonly (readonly [number, string])[] = [
    [0, 'warm-up'],
    [warmUpMs, 'clean window'],
    ...(faults.length === 0 ? [] : [[faultsAtMs, 'faults may begin'] as const]),
    ...faults.map(({ id, atMs, options }): readonly [number, string] => [
      faultsAtMs + atMs,
      `  ${id.padEnd(idWidth)}  ${Object.entries(options)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`.trimEnd(),
    ]),
    ...(faults.length === 0 ? [] : [[faultsAtMs + faultsMs, 'clean window'] as const]),
    [faultsAtMs + faultsMs + cleanAfterMs, 'end of the load'],
  ];
  return [`seed ${seed}`, ...rows.map(([atMs, what]) => `${(atMs / 1000).toFixed(2).padStart(8)} s  ${what}`), ''].join('\n');
}
