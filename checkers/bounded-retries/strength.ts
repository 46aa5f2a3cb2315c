/** Was the storm one? A callee that nobody missed, or that would have been saved without a budget, shows nothing of the budget. */
import { beyondChance, countIn, shortfall } from './counting.ts';
import { longestRecoveryMs, type Storm } from './facts.ts';
import type { Baseline, Load } from './recovery.ts';

const goodputShare = 0.9;
const controlAmplification = 2;

/** Why it shows nothing; empty when it is strong enough. */
export function weaknessesOf({ facts }: Storm, load: Load, baseline: Baseline, stormRetries: number): readonly string[] {
  const { offeredPerSecond: offered, budgetShare, capacityPerSecond: capacity, attemptsMax, stallStartedAt, stallEndedAt, control } = facts;
  const fromMs = stallStartedAt / 1e6;
  const toMs = stallEndedAt / 1e6;
  const scale = (toMs - fromMs) / (baseline.toMs - baseline.fromMs);
  const missing = shortfall(countIn(load.successesMs, fromMs, toMs), baseline.successes, scale, goodputShare);
  return [
    ...(missing > beyondChance ? [] : ['goodput did not fall during the stall']),
    ...(stormRetries > 0 ? [] : ['nobody retried']),
    ...(offered * (1 + budgetShare) < capacity && capacity < offered * attemptsMax
      ? []
      : [`its size does not tell a budget from none (load ${offered}/s, capacity ${capacity}/s, ${attemptsMax} attempts)`]),
    ...(control === undefined || control.amplification > controlAmplification || !recoversInTime(control, longestRecoveryMs(facts))
      ? []
      : [`without a budget it does no harm either (${control.amplification.toFixed(2)} calls for each operation, recovered)`]),
  ];
}

function recoversInTime(control: { readonly recovered: boolean; readonly recoveryMs?: number }, limitMs: number | undefined): boolean {
  return control.recovered && (control.recoveryMs === undefined || limitMs === undefined || control.recoveryMs <= limitMs);
}
