/** Sequential models that histories are judged by. */
import { appendLog } from './append-log.ts';
import { counter } from './counter.ts';
import { keyValue, keyValueStore } from './key-value.ts';
import type { Model } from './model.ts';
import { multiRegister } from './multi-register.ts';
import { fencedMutex, mutex, ownerMutex } from './mutex.ts';
import { fifoQueue, stack } from './queue.ts';
import { casRegister, register } from './register.ts';
import { set } from './set.ts';
import { stock } from './stock.ts';
import { unorderedQueue } from './unordered-queue.ts';

/** Every model by the name it is asked for with. */
export const models = {
  register,
  'cas-register': casRegister,
  'multi-register': multiRegister,
  mutex,
  'owner-mutex': ownerMutex,
  'fenced-mutex': fencedMutex,
  counter,
  set,
  'fifo-queue': fifoQueue,
  'unordered-queue': unorderedQueue,
  stack,
  'append-log': appendLog,
  'key-value': keyValue,
  'key-value-store': keyValueStore,
  stock,
} as const;

export type ModelName = keyof typeof models;

/** The model of this name; `undefined` when there is none. */
export function modelNamed(name: string): Model<unknown> | undefined {
  return Object.hasOwn(models, name) ? (models[name as ModelName] as Model<unknown>) : undefined;
}

export { canonical, Interner, sameValue } from './canonical.ts';
export * from './model.ts';
export { MISMATCH } from './register.ts';
