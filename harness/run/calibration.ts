/**
 * Before the load: how much the role that a fault will overload can carry on this machine, and the load that follows from it. The role is kept
 * saturated from the outside for a few seconds, all its nodes at once, since they share the machine and the stores beneath them.
 */
import type { Calibration } from '../../nemesis/index.ts';
import { withDeadline } from '../deadline.ts';
import { InfrastructureError } from '../infrastructure-error.ts';
import type { Deployment } from './deployment.ts';
import type { Stage } from './stage.ts';

export interface CalibratedLoad {
  readonly calibration: Calibration;
  /** Operations a second. */
  readonly ratePerSecond: number;
}

/** More calls at each node than it works on at once, and fewer than it would shed. */
const callsAtOnce = 32;
const rampUpMs = 1000;
const countedMs = 4000;

/** `undefined` when no fault of the run needs it, or the target knows no work for the role. */
export async function calibrateLoad(stage: Stage, deployment: Deployment): Promise<CalibratedLoad | undefined> {
  const { config, nemeses, target, workload, observer, clock, signal } = stage;
  const needed = config.nemeses.flatMap(({ name }) => nemeses.get(name)?.needs?.calibration ?? [])[0];
  const work = needed === undefined ? undefined : target.work?.[needed.role];
  if (needed === undefined || work === undefined) return undefined;
  observer.phase('calibrate');
  const urls = deployment.nodes.filter(({ role }) => role === needed.role).map(({ name }) => deployment.addresses.get(name) ?? '');
  const capacityPerSecond = await measureCapacity(urls, work, clock, signal);
  if (capacityPerSecond === 0)
    throw new InfrastructureError('deploy', `${needed.role} carried out none of the calls by which its capacity was to be measured`);
  const perOperation = workload.callsPerOperation?.[needed.role];
  const wanted = needed.offeredShare * capacityPerSecond;
  const ratePerSecond = config.rate ?? (perOperation === undefined ? workload.defaults.ratePerSecond : wanted / perOperation);
  observer.note(`${needed.role} can carry out ${capacityPerSecond.toFixed(1)} calls/s; load: ${ratePerSecond.toFixed(1)} operations/s`);
  return {
    ratePerSecond,
    calibration: {
      role: needed.role,
      capacityPerSecond,
      ...(perOperation === undefined ? {} : { offeredPerSecond: ratePerSecond * perOperation }),
    },
  };
}

/** Calls a second that all nodes together carry out when there is always another one waiting. */
async function measureCapacity(
  urls: readonly string[],
  work: (url: string, signal: AbortSignal) => Promise<boolean>,
  clock: Stage['clock'],
  signal: AbortSignal,
): Promise<number> {
  const stop = new AbortController();
  let done = 0;
  const busy = async (url: string, ended: AbortSignal): Promise<void> => {
    while (!ended.aborted) {
      try {
        if (await work(url, ended)) done += 1;
      } catch (error) {
        if (!ended.aborted) throw error;
      }
    }
  };
  return withDeadline(signal, 2 * (rampUpMs + countedMs), async (deadline) => {
    deadline.addEventListener('abort', () => stop.abort(deadline.reason), { once: true });
    const callers = Promise.all(urls.flatMap((url) => Array.from({ length: callsAtOnce }, () => busy(url, stop.signal))));
    const counted = async (): Promise<number> => {
      await clock.sleep(rampUpMs, stop.signal);
      const [from, before] = [clock.now(), done];
      await clock.sleep(countedMs, stop.signal);
      return ((done - before) / (clock.now() - from)) * 1e9;
    };
    try {
      return await Promise.race([counted(), callers.then(() => Promise.reject(new Error('nobody asks any more')))]);
    } finally {
      stop.abort(new Error('the capacity is known'));
      await callers.catch(() => undefined);
    }
  });
}
