/** What can be run from here, and why the rest can't. */
import type { SshConfig } from '../config/index.ts';
import type { Finding } from './finding.ts';
import { examineKernel } from './kernel.ts';
import { examineMachine } from './machine.ts';
import { examinePlaces, type Place } from './places.ts';

export type { Finding } from './finding.ts';
export type { Place } from './places.ts';

export interface Diagnosis {
  readonly machine: readonly Finding[];
  readonly kernel: readonly Finding[];
  readonly drivers: readonly Place[];
  /** For each nemesis whether it can run with each driver; why not is with the driver. */
  readonly nemeses: readonly { readonly name: string; readonly drivers: Readonly<Record<string, boolean>> }[];
}

export interface DoctorOptions {
  readonly runsDirectory: string;
  readonly ssh: SshConfig | undefined;
  readonly nemeses: readonly { readonly name: string }[];
}

export async function diagnose({ runsDirectory, ssh, nemeses }: DoctorOptions): Promise<Diagnosis> {
  const machine = await examineMachine(runsDirectory);
  const [kernel, drivers] = await Promise.all([examineKernel(), examinePlaces(ssh)]);
  const canRun = machine.every(({ state }) => state !== 'bad');
  return { machine, kernel, drivers, nemeses: nemeses.map(({ name }) => ({ name, drivers: driversFor(drivers, canRun) })) };
}

/** Faults are signals to nodes and actions of the edge proxies, which every driver has; so whoever can run nodes can run every fault. */
function driversFor(drivers: readonly Place[], canRun: boolean): Readonly<Record<string, boolean>> {
  return Object.fromEntries(drivers.map(({ driver, usable }) => [driver, canRun && usable]));
}
