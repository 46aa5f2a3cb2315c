/**
 * Which node a process talks to. Homes are dealt out in turn, from a random first one; a process keeps its home and moves on to the next node when its home can't
 * be reached at all, as a customer's load balancer would. A node that answers slowly or wrongly keeps its customers: that is what
 * makes its failures visible.
 */
import type { Random } from '../generator/index.ts';
import type { Process } from '../history/index.ts';
import type { Endpoint, Outcome } from './types.ts';

export interface Homes {
  of(process: Process): Endpoint;
  /** To be told of every outcome of the process. */
  after(process: Process, outcome: Outcome): void;
}

export function createHomes(endpoints: readonly Endpoint[], random: Random): Homes {
  if (endpoints.length === 0) throw new RangeError('expected at least one endpoint to talk to, got none');
  const positions = new Map<Process, number>();
  let nextPosition = random.int(0, endpoints.length - 1);
  const deal = (): number => {
    const position = nextPosition;
    nextPosition = (position + 1) % endpoints.length;
    return position;
  };
  return {
    of: (process) => {
      const position = positions.get(process) ?? deal();
      positions.set(process, position);
      return endpoints[position] as Endpoint;
    },
    after: (process, outcome) => {
      // The number is retired; a long run must not remember every number it ever used.
      if (outcome.type === 'info') positions.delete(process);
      else if (outcome.type === 'fail' && outcome.error.code === 'connection-refused') {
        positions.set(process, ((positions.get(process) ?? 0) + 1) % endpoints.length);
      }
    },
  };
}
