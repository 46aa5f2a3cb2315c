/** When which faults happen in a run. */
import { type Nemesis, planSchedule, type SchedulePlan } from '../../nemesis/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { createRandom } from '../generator/index.ts';
import { InfrastructureError } from '../infrastructure-error.ts';

export interface PlanOptions {
  readonly config: ResolvedConfig;
  readonly nemeses: ReadonlyMap<string, Nemesis>;
}

/** The schedule that a configuration and its seed make. */
export function planFor({ config, nemeses }: PlanOptions): SchedulePlan {
  const random = createRandom(config.seed, 'schedule');
  return planSchedule({
    timeMs: config.timeMs,
    choices: config.nemeses.map(({ name, options }) => {
      const nemesis = nemeses.get(name);
      if (nemesis === undefined) throw new InfrastructureError('deploy', `there is no nemesis ${name}`);
      return { nemesis, options };
    }),
    target: { leaseMs: config.leaseMs },
    random: () => random.float(),
    ...(config.nemesisIntervalMs === undefined ? {} : { intervalMs: config.nemesisIntervalMs }),
  });
}
