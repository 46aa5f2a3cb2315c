/** JSON lines by pino: `{"level":"warn","time":1700000000000,"node":"replica-2","event":"fence.rejected",…}`. */
import { destination, pino } from 'pino';
import type { Clock, LogFields, Logger } from '../port.ts';

export interface LogDestination {
  write(line: string): void;
}

/** Written synchronously: a line that a killed node had logged must be there, since checkers rest on it. */
export function createLogger(node: string, clock: Clock, to: LogDestination = destination({ dest: 1, sync: true })): Logger {
  const logger = pino(
    {
      base: { node },
      timestamp: () => `,"time":${clock.wallMs()}`,
      formatters: { level: (level) => ({ level }) },
    },
    to,
  );
  return {
    info: (event, fields?: LogFields) => logger.info({ event, ...fields }),
    warn: (event, fields?: LogFields) => logger.warn({ event, ...fields }),
    error: (event, fields?: LogFields) => logger.error({ event, ...fields }),
  };
}
