/** Sampled metrics for fixtures, as scrapes of `/metrics` leave them: one sample a series, and gaps where a node was stopped. */
import type { FaultRecord, SignalSample } from '../../harness/history/index.ts';
import { type Random, second } from './load.ts';

const bucketBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function generateSignals(random: Random, fromNs: number, toNs: number, faults: readonly FaultRecord[]): readonly SignalSample[] {
  const samples: SignalSample[] = [];
  const buckets = bucketBounds.map(() => 0);
  let total = 0;
  let lag = 2;
  let budget = 10;
  let token = 6;
  for (let time = fromNs; time < toNs; time += second) {
    const fault = faults.find((one) => time >= one.startedAt && time < (one.healedAt ?? toNs));
    lag = Math.max(
      0,
      lag + (fault === undefined ? -0.4 * lag + 2 * random() : fault.nemesis === 'pause-leader' ? 22 * random() : 6 * random()),
    );
    budget = Math.min(10, Math.max(0, budget + (fault?.nemesis === 'retry-storm' ? -2.4 : 1.5)));
    if (fault?.nemesis === 'pause-leader')
      token = Math.max(token, Number(fault.facts['successorAt']) <= time ? Number(fault.facts['newToken']) : 0);
    for (let write = 0; write < 40; write++) {
      const seconds = 0.006 * Math.exp(0.7 * (random() + random() + random() - 1.5)) * (fault === undefined ? 1 : 1 + 20 * random());
      total++;
      for (let index = 0; index < bucketBounds.length; index++)
        if (seconds <= (bucketBounds[index] ?? 0)) buckets[index] = (buckets[index] ?? 0) + 1;
    }
    samples.push({ time, node: 'inventory-1', name: 'consumer_lag_events', value: Math.round(lag) });
    samples.push({ time, node: 'order-1', name: 'retry_budget_available', value: budget });
    samples.push(
      fault?.nemesis === 'pause-leader'
        ? { time, node: 'order-1', name: 'leader_token' }
        : { time, node: 'order-1', name: 'leader_token', value: token },
    );
    samples.push({ time, node: 'order-2', name: 'leader_token', value: token });
    samples.push({ time, node: 'payment-1', name: 'duplicate_effects_total', value: 0 });
    for (const [index, bound] of bucketBounds.entries())
      samples.push({
        time,
        node: 'order-2',
        name: 'quorum_write_seconds_bucket',
        labels: { le: String(bound) },
        value: buckets[index] ?? 0,
      });
    samples.push({ time, node: 'order-2', name: 'quorum_write_seconds_bucket', labels: { le: '+Inf' }, value: total });
  }
  return samples;
}
