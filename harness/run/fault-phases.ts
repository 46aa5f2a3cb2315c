/** What happens beside the load: warm-up, a clean window, the faults of the plan, and a clean window again. */
import type { Calibration, NemesisContext, PlannedFault } from '../../nemesis/index.ts';
import { createRandom } from '../generator/index.ts';
import type { FaultRecord } from '../history/index.ts';
import type { Deployment } from './deployment.ts';
import { runFaults } from './fault-runner.ts';
import type { Stage } from './stage.ts';
import { probeOf } from './target-probe.ts';

/** A fault that waits for a slow pipeline takes longer than usual. Past this it hangs. */
const unusualFactor = 3;
const unusualMs = 60_000;
/** Longer than any driver or node may take to heal. */
const giveUpMs = 45_000;

/** Resolves with the faults that were injected. Rejects when `signal`, which ends the load, aborts between them. */
export async function playFaults(
  stage: Stage,
  deployment: Deployment,
  signal: AbortSignal,
  calibration?: Calibration,
): Promise<readonly FaultRecord[]> {
  const { plan, clock, limits, observer, remarks, apparatus } = stage;
  const beganAt = clock.now();
  const until = (atMs: number, stop: AbortSignal): Promise<void> => clock.sleep(atMs - (clock.now() - beganAt) / 1e6, stop);
  stage.enter('warm-up');
  await until(plan.warmUpMs, signal);
  stage.enter('clean-before');
  const faultsAtMs = plan.warmUpMs + plan.cleanBeforeMs;
  await until(faultsAtMs, signal);
  if (plan.faults.length === 0) return [];
  stage.enter('faults');
  const faults = await runFaults({
    faults: plan.faults,
    nemeses: stage.nemeses,
    contextFor: (fault) => contextFor(stage, fault, deployment, calibration),
    recorder: apparatus.recorder,
    waitUntil: (atMs, stop) => until(faultsAtMs + atMs, stop),
    hasTimeFor: (fault) => (clock.now() - beganAt) / 1e6 + usualMs(stage, fault) <= faultsAtMs + plan.faultsMs + plan.cleanAfterMs,
    limitsOf: (fault) => ({ limitMs: usualMs(stage, fault) * unusualFactor + unusualMs, graceMs: giveUpMs }),
    healthy: (stop) => deployment.healthy(stop, limits.healthyMs),
    onUnhealthy: (fault, reason) => stage.doubt(`after ${fault} was healed, ${reason}`),
    active: stage.activeFaults,
    signal,
  });
  if (faults.length < plan.faults.length) {
    const text = `${faults.length} of ${plan.faults.length} planned faults were injected; there was no time for the others`;
    remarks.add({ text, spoils: false });
  } else observer.note(`${faults.length} faults injected`);
  // A pipeline that isn't well again is still under the load, and has had no clean window.
  const isWell = await deployment.healthy(signal, limits.healthyMs).then(
    () => true,
    () => false,
  );
  if (isWell) stage.enter('clean-after');
  return faults;
}

function usualMs({ nemeses, config }: Stage, { nemesis, options }: PlannedFault): number {
  return nemeses.get(nemesis)?.typicalDurationMs({ leaseMs: config.leaseMs }, options) ?? 0;
}

function contextFor(stage: Stage, fault: PlannedFault, deployment: Deployment, calibration: Calibration | undefined): NemesisContext {
  const { apparatus, clock, observer, config, target, limits, deploymentOptions } = stage;
  const random = createRandom(config.seed, `nemesis/${fault.id}`);
  return {
    driver: apparatus.driver,
    plane: apparatus.plane,
    target: probeOf({
      target,
      deployment,
      leaseMs: config.leaseMs,
      healthyMs: limits.healthyMs,
      faultKey: deploymentOptions.faultKey,
      ...(calibration === undefined ? {} : { calibration }),
    }),
    now: clock.now,
    sleep: clock.sleep,
    random: () => random.float(),
    note: (message) => observer.note(`${fault.id}: ${message}`),
  };
}
