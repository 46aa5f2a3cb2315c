/** The places where nodes can run: one folder or file a driver, one line here. */
import type { ResolvedConfig } from '../config/index.ts';
import { docker } from './docker/index.ts';
import type { Journal } from './journal.ts';
import { createLocalDriver } from './local-driver.ts';
import { ssh } from './ssh/index.ts';
import type { RunDriver } from './types.ts';

export interface DriverOptions {
  readonly runDirectory: string;
  readonly journal: Journal;
  /** Progress for people. */
  readonly note: (text: string) => void;
}

export interface DriverKind {
  readonly name: string;
  /** One sentence, for `harness list drivers`. */
  readonly description: string;
  create(config: ResolvedConfig, options: DriverOptions): RunDriver;
  /**
   * Undoes what a killed run made elsewhere, given the things that its driver wrote into the journal as `made`. The processes of this machine
   * that the journal names are ended in any case.
   */
  readonly recover?: (made: readonly unknown[]) => Promise<RecoveredElsewhere>;
}

/** In words, for people. */
export interface RecoveredElsewhere {
  readonly removed: readonly string[];
  /** What could not be removed, and why. */
  readonly left: readonly string[];
}

export const drivers: readonly DriverKind[] = [
  {
    name: 'local',
    description: 'Processes of this machine.',
    create: ({ basePort }, { runDirectory, journal }) =>
      createLocalDriver({ runDirectory, journal, ...(basePort === undefined ? {} : { basePort }) }),
  },
  docker,
  ssh,
];

export function createDriver(config: ResolvedConfig, options: DriverOptions): RunDriver {
  const kind = drivers.find(({ name }) => name === config.driver);
  if (kind === undefined) throw new Error(`there is no driver ${config.driver}; the configuration should have been refused`);
  return kind.create(config, options);
}
