/**
 * The runtime on virtual time, for tests: many nodes in one process, a network and disks that fail on request, time that passes only when
 * told. Everything random comes from the seed.
 *
 *     const world = createVirtualWorld({ seed: 1 });
 *     const replica = world.node('replica-1');
 *     const answer = replica.runtime.transport.request({ … });
 *     await world.until(answer);
 */
import type { LogFields, Logger } from './port.ts';
import { VirtualNetwork } from './virtual/network.ts';
import { createNode, type VirtualNode } from './virtual/node.ts';
import type { VirtualProcess } from './virtual/process.ts';
import { seededRandom } from './virtual/random.ts';
import { Timeline } from './virtual/timeline.ts';

export type { FaultyOperation, UnsyncedTail, VirtualDisk } from './virtual/disk.ts';
export type { CallPlan, Fate, VirtualCall, VirtualNetwork } from './virtual/network.ts';
export type { VirtualNode } from './virtual/node.ts';

export interface VirtualLogLine {
  readonly node: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly atMs: number;
  readonly fields: LogFields;
}

export interface VirtualWorld {
  readonly network: VirtualNetwork;
  /** Of all nodes, in order. */
  readonly logs: readonly VirtualLogLine[];
  /** The true time, milliseconds from 0. */
  nowMs(): number;
  /** The node of this name, created when it is new. */
  node(name: string): VirtualNode;
  /** Lets `ms` pass, doing everything that becomes due. */
  advance(ms: number): Promise<void>;
  /** Lets every promise go on that can, without time passing. */
  settle(): Promise<void>;
  /** Lets time pass until `promise` settles; throws when that takes more than `limitMs`. */
  until<Result>(promise: Promise<Result>, limitMs?: number): Promise<Result>;
}

export interface VirtualWorldOptions {
  readonly seed: number;
  readonly startWallMs?: number;
}

export function createVirtualWorld({ seed, startWallMs = Date.UTC(2030, 0, 1) }: VirtualWorldOptions): VirtualWorld {
  const timeline = new Timeline();
  const network = new VirtualNetwork(timeline);
  const logs: VirtualLogLine[] = [];
  const nodes = new Map<string, VirtualNode>();

  const logOf = (process: VirtualProcess): Logger => {
    const life = process.life;
    const write =
      (level: VirtualLogLine['level']) =>
      (event: string, fields: LogFields = {}) => {
        if (process.life === life) logs.push({ node: process.name, level, event, atMs: timeline.nowMs, fields });
      };
    return { info: write('info'), warn: write('warn'), error: write('error') };
  };

  return {
    network,
    logs,
    nowMs: () => timeline.nowMs,
    node: (name) => {
      let node = nodes.get(name);
      if (node === undefined) {
        node = createNode({ name, timeline, network, logOf, random: seededRandom(seed, name), startWallMs });
        nodes.set(name, node);
      }
      return node;
    },
    advance: (ms) => timeline.advance(ms),
    settle: () => timeline.settle(),
    until: async (promise, limitMs = 60_000) => {
      let settled = false;
      const note = (): void => {
        settled = true;
      };
      promise.then(note, note);
      const untilMs = timeline.nowMs + limitMs;
      await timeline.settle();
      while (!settled) {
        if (!(await timeline.step(untilMs)))
          throw new Error(`still pending after ${limitMs} ms of virtual time, with nothing left to happen by then`);
      }
      return promise;
    },
  };
}
