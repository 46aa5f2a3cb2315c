/**
 * Metrics in a registry of their own, by prom-client. Its parts are loaded one by one, because its index also loads cluster support and a
 * push gateway, which costs every node some 20 ms at start; the types come from the index, and the version is pinned.
 */
import { createRequire } from 'node:module';
import type * as PromClient from 'prom-client';
import type { Counter, Gauge, Histogram, Metrics } from '../port.ts';

const require = createRequire(import.meta.url);
const PromRegistry = require('prom-client/lib/registry.js') as typeof PromClient.Registry;
const PromCounter = require('prom-client/lib/counter.js') as typeof PromClient.Counter;
const PromGauge = require('prom-client/lib/gauge.js') as typeof PromClient.Gauge;
const PromHistogram = require('prom-client/lib/histogram.js') as typeof PromClient.Histogram;

/** From a quorum on loopback (half a millisecond) to an order that waits out a long fault. */
const bucketsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new PromRegistry();
  const refreshers: (() => void)[] = [];
  const existing = new Map<string, { readonly kind: string; readonly metric: Counter | Gauge | Histogram }>();

  function once<Kind extends Counter | Gauge | Histogram>(kind: string, name: string, create: () => Kind): Kind {
    const known = existing.get(name);
    if (known === undefined) {
      const metric = create();
      existing.set(name, { kind, metric });
      return metric;
    }
    if (known.kind !== kind) throw new Error(`metric ${name} is a ${known.kind}; it was asked for as a ${kind}`);
    return known.metric as Kind;
  }

  return {
    counter: (name, help, labelNames = []) =>
      once('counter', name, () => {
        const metric = new PromCounter({ name, help, labelNames: [...labelNames], registers: [registry] });
        return { inc: (labels = {}, n = 1) => metric.inc(labels, n) };
      }),
    gauge: (name, help, labelNames = []) =>
      once('gauge', name, () => {
        const metric = new PromGauge({ name, help, labelNames: [...labelNames], registers: [registry] });
        return { set: (value, labels = {}) => metric.set(labels, value) };
      }),
    histogram: (name, help, labelNames = []) =>
      once('histogram', name, () => {
        const metric = new PromHistogram({ name, help, labelNames: [...labelNames], buckets: bucketsSeconds, registers: [registry] });
        return { observe: (seconds, labels = {}) => metric.observe(labels, seconds) };
      }),
    beforeExpose(refresh) {
      refreshers.push(refresh);
    },
    expose() {
      for (const refresh of refreshers) refresh();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
