/** What all phases of a session share: its options, its apparatus, and the accounts that are kept of it while it goes on. */
import { randomUUID } from 'node:crypto';
import type { RunWindow } from '../history/index.ts';
import type { DeploymentOptions } from '../targets/index.ts';
import type { Apparatus } from './apparatus.ts';
import { createRemarks, type Remarks } from './remarks.ts';
import type { SessionOptions } from './session-options.ts';
import { type Stalls, watchStalls } from './stalls.ts';
import { createWindows, type Windows } from './windows.ts';

export interface Stage extends SessionOptions {
  readonly apparatus: Apparatus;
  readonly deploymentOptions: DeploymentOptions;
  readonly windows: Windows;
  readonly remarks: Remarks;
  readonly stalls: Stalls;
  /** Ids of the faults under way. */
  readonly activeFaults: Set<string>;
  /** Begins a window, and says so. */
  enter(name: RunWindow['name']): void;
  /** Something went otherwise than planned, so that the run can't be called valid. */
  doubt(text: string): void;
}

/** `stage.signal` is aborted when the run is interrupted, and when evidence was lost. */
export function setStage(options: SessionOptions, apparatus: Apparatus): Stage {
  const { replicas, readQuorum, writeQuorum, leaseMs, inventoryConsistency, targetOptions, bug } = options.config;
  const windows = createWindows(options.clock.now);
  const remarks = createRemarks(({ text }) => options.observer.note(text));
  return {
    ...options,
    signal: apparatus.evidence.signal,
    apparatus,
    deploymentOptions: {
      replicas,
      readQuorum,
      writeQuorum,
      leaseMs,
      inventoryConsistency,
      targetOptions,
      ...(bug === undefined ? {} : { bug }),
      // Nodes in which nothing is to be broken have no switch for it.
      ...(breaksNodes(options) ? { faultKey: randomUUID() } : {}),
    },
    windows,
    remarks,
    stalls: watchStalls(options.clock.now),
    activeFaults: new Set(),
    enter(name) {
      windows.enter(name);
      options.observer.phase(name);
    },
    doubt: (text) => remarks.add({ text, spoils: true }),
  };
}

function breaksNodes({ plan, nemeses }: SessionOptions): boolean {
  return plan.faults.some(({ nemesis }) => nemeses.get(nemesis)?.needsNodeFaults === true);
}
