/** What makes figures differ from what was asked for. It spoils nothing: the history is as true as ever. */
import type { ClientStats } from '../client/index.ts';
import type { Stage } from './stage.ts';

/** A smaller share of missed arrivals changes no figure. */
const notableShareMissed = 0.01;

export function remarkOnLoad({ stalls, remarks, config }: Stage, { missed, invoked }: ClientStats): void {
  const stoodStillMs = stalls.totalNs() / 1e6;
  if (stoodStillMs > 0) {
    const text = `the harness itself stood still for ${(stoodStillMs / 1000).toFixed(1)} s; latencies and time-outs of that time are its own`;
    remarks.add({ text, spoils: false });
  }
  if (missed > notableShareMissed * (missed + invoked)) {
    const clients = config.concurrency === undefined ? 'all clients' : `all ${config.concurrency} clients`;
    remarks.add({ text: `${missed} of ${missed + invoked} arrivals were never made, since ${clients} were busy`, spoils: false });
  }
}
