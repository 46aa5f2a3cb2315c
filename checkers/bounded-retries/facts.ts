/** The storms of a run, with the figures that their faults recorded, read without trusting their shape. */
import type { FaultRecord, RetryStormFacts } from '../../harness/history/index.ts';
import { field, numberField, stringField } from '../evidence/index.ts';

export interface Storm {
  readonly faultId: string;
  readonly facts: RetryStormFacts;
}

const positive = [
  'attemptsMax',
  'budgetWindowMs',
  'clientProcesses',
  'capacityPerSecond',
  'offeredPerSecond',
  'timeoutMs',
  'onTimeMs',
] as const;
const notNegative = ['budgetShare', 'budgetFloorPerSecond', 'stallStartedAt', 'stallEndedAt', 'longestBackoffMs', 'graceMs'] as const;

/** A sentence where the fault doesn't say what is needed. */
export function stormOf(fault: FaultRecord): Storm | string {
  const { id, facts } = fault;
  const fromRole = stringField(field(facts, 'edge'), 'fromRole');
  const toRole = stringField(field(facts, 'edge'), 'toRole');
  const wrong = [
    ...positive.filter((name) => !((numberField(facts, name) ?? 0) > 0)),
    ...notNegative.filter((name) => !((numberField(facts, name) ?? -1) >= 0)),
  ];
  if (fromRole === undefined || toRole === undefined) return `${id} does not say which edge it was on`;
  if (wrong.length > 0) return `${id} does not say ${wrong.join(', ')}`;
  const read = Object.fromEntries([...positive, ...notNegative].map((name) => [name, numberField(facts, name) ?? 0])) as Record<
    (typeof positive)[number] | (typeof notNegative)[number],
    number
  >;
  if (read.stallEndedAt <= read.stallStartedAt) return `${id} ended before it began`;
  const control = controlOf(field(facts, 'control'));
  return { faultId: id, facts: { ...read, edge: { fromRole, toRole }, ...(control === undefined ? {} : { control }) } };
}

function controlOf(value: unknown): RetryStormFacts['control'] {
  const amplification = numberField(value, 'amplification');
  const recovered = field(value, 'recovered');
  const recoveryMs = numberField(value, 'recoveryMs');
  if (amplification === undefined || typeof recovered !== 'boolean') return undefined;
  return { amplification, recovered, ...(recoveryMs === undefined ? {} : { recoveryMs }) };
}

/** λ' = λ(1+β) + n·m: what the callee has to do once everybody retries as much as the budgets allow. */
export function budgetedLoadPerSecond({ offeredPerSecond, budgetShare, clientProcesses, budgetFloorPerSecond }: RetryStormFacts): number {
  return offeredPerSecond * (1 + budgetShare) + clientProcesses * budgetFloorPerSecond;
}

/**
 * T_max = 2·pause·λ'/(μ − λ') + time-out + longest back-off: to work off what a pause left at the capacity that is to spare, with as much again
 * for safety. `undefined` where no capacity is to spare.
 */
export function longestRecoveryMs(facts: RetryStormFacts): number | undefined {
  const load = budgetedLoadPerSecond(facts);
  const spare = facts.capacityPerSecond - load;
  if (spare <= 0) return undefined;
  const pauseMs = (facts.stallEndedAt - facts.stallStartedAt) / 1e6;
  return (2 * pauseMs * load) / spare + facts.timeoutMs + facts.longestBackoffMs;
}
