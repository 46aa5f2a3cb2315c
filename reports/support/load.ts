/**
 * Seeded client load for fixtures: open-loop orders whose latency and outcome follow the faults around them, and the calls with effects
 * that they cause. Not a model of the pipeline; only its footprints have to look real.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { CompletionType, FaultRecord, Operation, OperationError, TrafficRecord } from '../../harness/history/index.ts';

export const second = 1e9;
export const millisecond = 1e6;

export type Random = () => number;

export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

interface Outcome {
  readonly latency: number;
  readonly type: CompletionType;
  readonly attempts: number;
  readonly error?: OperationError;
}

const timeoutNs = 5 * second;
const timedOut: OperationError = { code: 'timeout', message: 'no answer within 5000 ms' };
const shed: OperationError = { code: 'overloaded', message: 'payment-2 shed the call: queue full' };

export interface Load {
  readonly history: readonly Operation[];
  readonly traffic: readonly TrafficRecord[];
}

export function generateLoad(random: Random, fromNs: number, toNs: number, ratePerSecond: number, faults: readonly FaultRecord[]): Load {
  const events: Omit<Operation, 'index'>[] = [];
  const calls: Omit<TrafficRecord, 'id'>[] = [];
  let client = 0;
  for (let intended = fromNs; intended < toNs; intended += (-Math.log(1 - random()) / ratePerSecond) * second) {
    const f = pick(random, [
      ['place-order', 0.62],
      ['read-order', 0.32],
      ['cancel-order', 0.06],
    ]);
    const outcome = drawOutcome(random, f, intended, faults);
    const start = intended + random() * 0.4 * millisecond;
    const end = start + outcome.latency;
    const common = { process: client++, f, key: `o-${client}`, node: `order-${1 + Math.floor(random() * 3)}` };
    events.push({ ...common, time: start, type: 'invoke', value: null, intended });
    events.push({
      ...common,
      time: end,
      type: outcome.type,
      value: null,
      ...(outcome.error === undefined ? {} : { error: outcome.error }),
    });
    if (f !== 'read-order')
      for (let attempt = 1; attempt <= outcome.attempts; attempt++) calls.push(effectCall(random, common.key, start, outcome, attempt));
  }
  events.sort((a, b) => a.time - b.time);
  calls.sort((a, b) => a.endedAt - b.endedAt);
  return { history: events.map((event, index) => ({ index, ...event })), traffic: calls.map((call, id) => ({ id, ...call })) };
}

function drawOutcome(random: Random, f: string, at: number, faults: readonly FaultRecord[]): Outcome {
  const base = (f === 'read-order' ? 3.2 : 21) * Math.exp(0.42 * gaussian(random)) * (random() < 0.01 ? 4 : 1) * millisecond;
  const fault = faults.find((one) => at >= one.startedAt && at < (one.healedAt ?? Number.POSITIVE_INFINITY));
  if (fault === undefined || f === 'read-order')
    return { latency: base, type: f === 'cancel-order' && random() < 0.08 ? 'fail' : 'ok', attempts: random() < 0.004 ? 2 : 1 };
  if (fault.nemesis === 'pause-leader') return duringPause(random, at, fault, base);
  const pressure = random();
  if (pressure < 0.3) return { latency: base * 0.6, type: 'fail', attempts: 1, error: shed };
  return {
    latency: Math.min(timeoutNs, base * (3 + 30 * pressure)),
    type: pressure > 0.97 ? 'info' : 'ok',
    attempts: random() < 0.2 ? 2 + Math.floor(random() * 2) : 1,
  };
}

/** Calls that meet a paused leader wait for its successor; a few give up first, and nobody knows what became of them. */
function duringPause(random: Random, at: number, fault: FaultRecord, base: number): Outcome {
  const successorAt = Number(fault.facts['successorAt'] ?? at);
  if (at >= successorAt) return { latency: base * 1.3, type: 'ok', attempts: random() < 0.05 ? 2 : 1 };
  if (random() < 0.12) return { latency: timeoutNs, type: 'info', attempts: 1, error: timedOut };
  return { latency: successorAt - at + base * (1 + 4 * random()), type: 'ok', attempts: random() < 0.3 ? 2 : 1 };
}

function effectCall(random: Random, key: string, start: number, outcome: Outcome, attempt: number): Omit<TrafficRecord, 'id'> {
  const receivedAt = start + (outcome.latency * attempt) / (outcome.attempts + 1);
  const answered = attempt === outcome.attempts && outcome.type !== 'info';
  const endedAt = receivedAt + Math.min(outcome.latency / 3, 400 * millisecond);
  const to = `payment-${1 + Math.floor(random() * 2)}`;
  return {
    edge: `order-1->${to}`,
    from: 'order-1',
    to,
    method: 'POST',
    path: '/charges',
    kind: 'effect',
    key,
    idempotencyKey: `${key}:capture:0`,
    attempt,
    ...(answered ? { status: outcome.type === 'fail' ? 503 : 201, respondedAt: endedAt } : {}),
    requestBytes: 210,
    responseBytes: answered ? 180 : 0,
    receivedAt,
    forwardedAt: receivedAt + 0.2 * millisecond,
    endedAt,
    outcome: answered ? 'completed' : 'caller-closed',
    faults: [],
  };
}

function pick(random: Random, weighted: readonly (readonly [name: string, weight: number])[]): string {
  let left = random();
  for (const [name, weight] of weighted) {
    left -= weight;
    if (left < 0) return name;
  }
  return weighted[0]?.[0] ?? '';
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
