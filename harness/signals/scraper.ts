/**
 * Scrapes `/metrics` of every node from outside, at a fixed pace. A node that doesn't answer in time leaves a sample without a value:
 * a gap is data, since a paused process exports nothing.
 */
import { request } from 'undici';
import { withDeadline } from '../deadline.ts';
import type { SignalSample } from '../history/index.ts';
import { parsePrometheusText } from './prometheus-text.ts';

/** The seam signals, by the names of `docs/pipeline.md`. Of a histogram, its buckets. */
const seamSignalNames: ReadonlySet<string> = new Set([
  'consumer_lag_events',
  'consumer_lag_seconds',
  'quorum_write_seconds_bucket',
  'quorum_read_seconds_bucket',
  'leader_token',
  'leading_token',
  'leader_changes_total',
  'fence_rejected_total',
  'retry_budget_available',
  'retries_total',
  'retries_denied_total',
  'dedupe_hits_total',
  'duplicate_effects_total',
  'breaker_state',
  'requests_shed_total',
  'saga_age_seconds',
  'stock_exchange_lag_seconds',
  'stock_oversold_units',
]);

/** Stands for a scrape that failed; Prometheus itself uses this name for the same thing. */
export const scrapeSucceeded = 'up';

export interface ScraperOptions {
  /** URLs of the metrics by node. */
  readonly urls: ReadonlyMap<string, string>;
  readonly intervalMs: number;
  /** After it, a node has not answered. May be longer than the interval: a node that is still being asked is not asked again. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly onSample: (sample: SignalSample) => void;
}

/** Starts at once; the function returned stops it and resolves when the last scrape has ended. */
export function startScraping(options: ScraperOptions): () => Promise<void> {
  const stopped = new AbortController();
  const busy = new Map<string, Promise<void>>();
  const tick = (): void => {
    for (const [node, url] of options.urls) {
      // A node that is still being asked has not answered: its own time-out will say so.
      if (busy.has(node)) continue;
      const scrape = scrapeOne(node, url, options, stopped.signal).finally(() => busy.delete(node));
      busy.set(node, scrape);
    }
  };
  tick();
  const timer = setInterval(tick, options.intervalMs);
  return async () => {
    clearInterval(timer);
    stopped.abort();
    await Promise.all(busy.values());
  };
}

async function scrapeOne(node: string, url: string, options: ScraperOptions, stopped: AbortSignal): Promise<void> {
  const time = options.now();
  try {
    const text = await withDeadline(stopped, options.timeoutMs, async (signal) => {
      const response = await request(url, { signal });
      const body = await response.body.text();
      if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
      return body;
    });
    const answeredAt = options.now();
    options.onSample({ time, answeredAt, node, name: scrapeSucceeded, value: 1 });
    for (const { name, labels, value } of parsePrometheusText(text, (candidate) => seamSignalNames.has(candidate))) {
      options.onSample({ time, answeredAt, node, name, labels, value });
    }
  } catch {
    if (!stopped.aborted) options.onSample({ time, node, name: scrapeSucceeded });
  }
}
