/**
 * The runtime of a node in production: real clocks, real sockets, real fsync, JSON lines on standard output.
 *
 *     const runtime = createRealRuntime({ node: 'order-1' });
 */
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
}

export function createRealRuntime(options: RealRuntimeOptions): Runtime {
  const clock = options.clock ?? systemClock;
  const log = createLogger(options.node, clock, options.logDestination);
  const client = createHttpClient();
  return {
    clock,
    timers: createTimers(clock),
    random: realRandom,
    transport: {
      listen: (listenOptions) => listenHttp(listenOptions, log),
      request: client.request,
      close: client.close,
    },
    disk: realDisk,
    log,
    metrics: createMetrics(),
  };
}
