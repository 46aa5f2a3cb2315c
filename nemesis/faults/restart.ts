import type { Nemesis } from '../nemesis.ts';
import { millisecondsOf } from '../options.ts';
import { outageOptions, takeDown } from '../outage.ts';

/** SIGTERM: a rolling deployment, with leases given back and calls ended in peace. */
export const restart: Nemesis = {
  name: 'restart',
  description: 'Stops nodes in an orderly way and starts them again.',
  provenBy: 'the exit of each process, and another process in its place',
  options: outageOptions,
  colour: '#db2777',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'downMs', outageOptions.downMs) + 2500,
  inject: (fault, context, signal) => takeDown({ verb: 'stop', word: 'stopped' }, fault, context, signal),
};
