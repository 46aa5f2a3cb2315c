/**
 * The runtime of a node in production: real clocks, real sockets, real fsync, JSON lines on standard output.
 *
 *     const runtime = createRealRuntime({ node: 'order-1' });
 */
import { createFaultSwitch, type FaultSwitch } from './injected/index.ts';
import type { Clock, Runtime } from './port.ts';
import { realDisk } from './real/disk.ts';
import { createHttpClient } from './real/http-client.ts';
import { listenHttp } from './real/http-server.ts';
import { createLogger, type LogDestination } from './real/log.ts';
import { createMetrics } from './real/metrics.ts';
import { createTimers, realRandom, systemClock } from './real/time-and-chance.ts';

export interface RealRuntimeOptions {
  /** The node's name, on every log line. */
  readonly node: string;
  /** Where log lines go; standard output by default. */
  readonly logDestination?: LogDestination;
  /** The system's clocks by default. */
  readonly clock?: Clock;
  /** Whose clock and disk to use instead of the system's. */
  readonly faults?: FaultSwitch;
}

export function createRealRuntime(options: RealRuntimeOptions): Runtime {
  const { faults } = options;
  const clock = options.clock ?? faults?.clock ?? systemClock;
  const log = createLogger(options.node, clock, options.logDestination);
  const client = createHttpClient();
  return {
    clock,
    timers: createTimers(clock, faults?.clock.monotonicRate),
    random: realRandom,
    transport: {
      listen: (listenOptions) => listenHttp(listenOptions, log),
      request: client.request,
      close: client.close,
    },
    disk: faults?.disk ?? realDisk,
    log,
    metrics: createMetrics(),
  };
}

/** The system's clock and disk, with faults that can be switched on. */
export function createRealFaultSwitch(): FaultSwitch {
  return createFaultSwitch(systemClock, realDisk, (ms) => new Promise((resolve) => setTimeout(resolve, ms)));
}
