import type { Nemesis } from '../nemesis.ts';
import { millisecondsOf } from '../options.ts';
import { outageOptions, takeDown } from '../outage.ts';

/** SIGKILL: nothing is given back, closed or flushed. The disk is all that is left. */
export const kill: Nemesis = {
  name: 'kill',
  description: 'Kills nodes and starts them again with their disk.',
  provenBy: 'the exit of each process, and another process in its place',
  options: outageOptions,
  colour: '#dc2626',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'downMs', outageOptions.downMs) + 1500,
  inject: (fault, context, signal) => takeDown({ verb: 'kill', word: 'killed' }, fault, context, signal),
};
