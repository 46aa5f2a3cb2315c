/** The schedule of a configuration, read or planned, and refused where it could not be carried out: before anything is deployed. */
import { nemeses, nodeChoices, type PlannedFault, type SchedulePlan } from '../../nemesis/index.ts';
import { formatDuration, type ResolvedConfig, UsageError } from '../config/index.ts';
import { type Target, targets } from '../targets/index.ts';
import { planFor } from './plan.ts';
import { readSchedule } from './schedule-file.ts';

const registry = new Map(nemeses.map((nemesis) => [nemesis.name, nemesis]));

/** Throws a `UsageError` when a fault asks for what the target hasn't, or for more time than there is. */
export function scheduled(config: ResolvedConfig): SchedulePlan {
  const target = targets.find(({ name }) => name === config.target);
  if (target === undefined) throw new Error(`there is no target ${config.target}; the configuration should have been refused`);
  const plan = config.schedule === undefined ? planFor({ config, nemeses: registry }) : readSchedule(config.schedule, nemeses).plan;
  refuseUnknownNodes(plan.faults, target, config);
  refuseWithoutSwitch(plan.faults, target);
  if (config.schedule === undefined) refuseTooLong(plan, config);
  return plan;
}

/** Options that name a node or a role; the second kind also takes a choice, such as `one`. */
const nodeOptions = ['from', 'to', 'role'] as const;
const choiceOption = 'targets';

function refuseUnknownNodes(faults: readonly PlannedFault[], target: Target, config: ResolvedConfig): void {
  const nodes = target.nodes(config);
  const known = new Set(nodes.flatMap(({ name, role }) => [name, role]));
  for (const { nemesis, options } of faults) {
    for (const option of [...nodeOptions, choiceOption]) {
      const name = options[option];
      if (typeof name !== 'string' || name === '' || known.has(name)) continue;
      if (option === choiceOption && nodeChoices.some((choice) => choice === name)) continue;
      const roles = [...new Set(nodes.map(({ role }) => role))];
      throw new UsageError({
        code: 'unknown-name',
        happened: `${nemesis}:${option} is ${name}, and ${target.name} has no such node or role`,
        expected: `${option === choiceOption ? `${nodeChoices.join(', ')}, ` : ''}a role (${roles.join(', ')}) or a node (${nodes[0]?.name ?? 'none'}, …)`,
      });
    }
  }
}

function refuseWithoutSwitch(faults: readonly PlannedFault[], target: Target): void {
  const inNodes = faults.find(({ nemesis }) => registry.get(nemesis)?.needsNodeFaults === true);
  if (inNodes === undefined || target.nodeFaults !== undefined) return;
  throw new UsageError({
    code: 'unsupported-fault',
    happened: `${inNodes.nemesis} breaks clocks or disks inside nodes, and those of ${target.name} have no switch for it`,
    expected: 'a target with `nodeFaults`, or another nemesis',
  });
}

/** A fault that the end of the load cuts off has proven nothing: such a run could only end as unknown. */
function refuseTooLong({ faults, faultsMs, cleanAfterMs }: SchedulePlan, { leaseMs, timeMs }: ResolvedConfig): void {
  for (const { nemesis, atMs, options } of faults) {
    const lastsMs = registry.get(nemesis)?.typicalDurationMs({ leaseMs }, options) ?? 0;
    if (atMs + lastsMs <= faultsMs + cleanAfterMs) continue;
    const shareOfFaults = faultsMs / timeMs;
    const neededMs = Math.ceil((atMs + lastsMs) / shareOfFaults / 1000) * 1000;
    throw new UsageError({
      code: 'run-too-short',
      happened: `one ${nemesis} takes about ${formatDuration(Math.round(lastsMs))}, and ${formatDuration(timeMs)} of load leave ${formatDuration(Math.round(faultsMs))} for faults`,
      expected: 'a load in which at least one fault of each nemesis has its course',
      advice: `--time ${formatDuration(neededMs)}`,
    });
  }
}
