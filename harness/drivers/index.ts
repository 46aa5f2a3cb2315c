/**
 * Where nodes run, and how to undo a run whose harness is gone.
 *
 *     const journal = openJournal(runDirectory);
 *     const driver = createLocalDriver({ runDirectory, journal });
 *     const [port] = await freePorts(1);
 *     await driver.start({ name: 'replica-1', role: 'replica', argv: ['node', 'replica.js'], env: { PORT: String(port) }, port });
 */
export { controlDirectoryName, type Journal, type JournalEntry, openJournal } from './journal.ts';
export { createLocalDriver, type LocalDriverOptions } from './local-driver.ts';
export { freePorts } from './ports.ts';
export { type RecoveredProcess, type Recovery, recoverAll, recoverRun } from './recover.ts';
export { createDriver, type DriverKind, type DriverOptions, drivers } from './registry.ts';
export type {
  Driver,
  EdgeCut,
  NetworkCut,
  NodeExit,
  NodeNetwork,
  NodePlace,
  NodeSpec,
  NodeState,
  NodeStatus,
  Preparation,
  RunDriver,
} from './types.ts';
