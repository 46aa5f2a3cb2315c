/**
 * Reads, writes and compare-and-sets on a few quorum registers, as fast as they go: what the linearizability checker feeds on.
 *
 * Few keys, so that each has real concurrency. By default values come from 0 to 4, so that a compare-and-set finds what it expects
 * about one time in five; with unique writes every value written to a key is new, which makes far longer histories checkable, and
 * expectations come from what was last seen.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { createRandom, type OperationTemplate, type Random, type Seed, unfold } from '../generator/index.ts';
import type { Operation } from '../history/index.ts';
import { type CallFor, createHttpWorkloadClient } from './http-workload.ts';
import { defineWorkload, type Workload } from './workload.ts';

export interface RegistersOptions {
  readonly keyCount?: number;
  /** Never write the same value twice to a key. */
  readonly uniqueWrites?: boolean;
}

const defaultKeyCount = 5;
const readShare = 0.5;
const writeShare = 0.25;
const largestValue = 4;

interface RegistersState {
  readonly random: Random;
  readonly keys: readonly string[];
  /** The last unique value handed out; absent when values repeat. */
  readonly lastUnique: number | undefined;
  /** With unique writes: the value of each key as somebody last saw it. */
  readonly seen: ReadonlyMap<string, unknown>;
}

function learn(state: RegistersState, event: Operation): RegistersState {
  if (state.lastUnique === undefined || event.type !== 'ok' || event.key === undefined) return state;
  return { ...state, seen: new Map(state.seen).set(event.key, valueAfter(event)) };
}

/** What the register held when the operation was done. */
function valueAfter({ f, value }: Operation): unknown {
  return f === 'cas' && Array.isArray(value) ? (value as readonly unknown[])[1] : value;
}

function draw(before: RegistersState): { readonly template: OperationTemplate; readonly next: RegistersState } {
  const state = { ...before, random: before.random.clone() };
  const { random, keys, lastUnique, seen } = state;
  const key = random.pick(keys);
  const kind = random.float();
  if (kind < readShare) return { template: { f: 'read', key }, next: state };
  const value = lastUnique === undefined ? random.int(0, largestValue) : lastUnique + 1;
  const next = lastUnique === undefined ? state : { ...state, lastUnique: lastUnique + 1 };
  if (kind < readShare + writeShare) return { template: { f: 'write', key, value }, next };
  const expected = lastUnique === undefined ? random.int(0, largestValue) : (seen.get(key) ?? null);
  return { template: { f: 'cas', key, value: [expected, value] }, next };
}

function pathOf(key: string | undefined): string {
  return `/registers/${encodeURIComponent(z.string().parse(key))}`;
}

const readAnswer = z.object({ value: z.json() });

const read: CallFor = ({ key }) => ({
  method: 'GET',
  path: pathOf(key),
  pure: true,
  accept: (body) => readAnswer.parse(body).value,
});

/** An answer that doesn't name the value came from somebody else on the way, who knows nothing of what was written. */
function acknowledged(body: unknown, written: unknown): void {
  if (!isDeepStrictEqual(readAnswer.parse(body).value, written)) throw new Error('it acknowledges another value than was written');
}

const write: CallFor = ({ key, value }) => ({
  method: 'PUT',
  path: pathOf(key),
  body: { value },
  pure: false,
  accept: (body) => {
    acknowledged(body, value);
    return value;
  },
});

const cas: CallFor = ({ key, value }) => {
  const [expected, replacement] = z.tuple([z.json(), z.json()]).parse(value);
  return {
    method: 'POST',
    path: `${pathOf(key)}/cas`,
    body: { expected, value: replacement },
    pure: false,
    accept: (body) => {
      acknowledged(body, replacement);
      return value;
    },
  };
};

/** The workload with other keys or values than the default. */
export function createRegisters(options: RegistersOptions = {}): Workload {
  const { keyCount = defaultKeyCount, uniqueWrites = false } = options;
  return defineWorkload({
    name: uniqueWrites ? 'unique-registers' : 'registers',
    description: `Reads, writes and compare-and-sets on a few quorum registers${uniqueWrites ? ', never the same value twice' : ''}.`,
    defaults: { ratePerSecond: 300, concurrency: 30, opDeadlineMs: 5000 },
    checkers: ['linearizable', 'availability', 'latency', 'stats'],
    operations: (seed: Seed) =>
      unfold<RegistersState>({
        state: {
          random: createRandom(seed, 'workload/registers/operations'),
          keys: Array.from({ length: keyCount }, (_, position) => `r-${position + 1}`),
          lastUnique: uniqueWrites ? 0 : undefined,
          seen: new Map(),
        },
        draw,
        learn,
      }),
    client: (endpoints, seed) =>
      createHttpWorkloadClient(endpoints, createRandom(seed, 'workload/registers/homes'), { read, write, cas }, ['read']),
  });
}

export const registers = createRegisters();

/** Shows whose write came back: where values repeat, one that was made twice looks like another's. */
export const uniqueRegisters = createRegisters({ uniqueWrites: true });
