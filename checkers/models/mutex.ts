/**
 * Locks. Who holds them is not part of a plain `mutex`, which only alternates; an `owner-mutex` is released by its holder alone; a
 * `fenced-mutex` hands out a token with each acquisition, always greater than the one before.
 */
import { canonical } from './canonical.ts';
import { describe, type Model, REJECTED, UNKNOWN_OUTPUT } from './model.ts';

/** The initial state of a mutex: held when `initial` is `true` or `'held'`. */
const initiallyHeld = (initial: unknown): boolean => initial === true || initial === 'held';
const lockState = (held: boolean): string => (held ? 'held' : 'free');

export const mutex: Model<boolean> = {
  name: 'mutex',
  description: 'A lock that is acquired when free and released when held.',
  functions: ['acquire', 'release'],
  init: initiallyHeld,
  step: (held, call) => ((call.f === 'acquire') === held ? REJECTED : !held),
  canonical: lockState,
  describeState: lockState,
  describeCall: describe,
};

/** The input is the owner's name, on both calls. `null`: free. */
export const ownerMutex: Model<string | null> = {
  name: 'owner-mutex',
  description: 'A lock that only its holder may release; the input of each call names the caller.',
  functions: ['acquire', 'release'],
  init: (initial) => (initial === null || initial === undefined ? null : canonical(initial)),
  step(owner, call) {
    const caller = canonical(call.input);
    if (call.f === 'acquire') return owner === null ? caller : REJECTED;
    return owner === caller ? null : REJECTED;
  },
  canonical: (owner) => owner ?? '',
  describeState: (owner) => (owner === null ? 'free' : `held by ${owner}`),
  describeCall: describe,
  problem: (call) =>
    call.input === null || call.input === undefined ? `expected the input of ${call.f} to name its caller, got null` : undefined,
};

export interface FencedLock {
  /** `unknown`: held under a token nobody has seen, because the answer to the acquisition was lost. */
  readonly holder: 'nobody' | 'known' | 'unknown';
  /** The greatest token seen so far. */
  readonly token: number;
}

/** `acquire` returns a fencing token; `release` takes it as input (or nothing, and releases whoever holds the lock). */
export const fencedMutex: Model<FencedLock> = {
  name: 'fenced-mutex',
  description: 'A lock whose every acquisition returns a greater fencing token than all before it.',
  functions: ['acquire', 'release'],
  init: (initial) => ({ holder: 'nobody', token: typeof initial === 'number' ? initial : 0 }),
  step(lock, call) {
    if (call.f === 'release') return release(lock, call.input);
    if (lock.holder !== 'nobody') return REJECTED;
    // A lost answer carried some greater token. Not guessing which excludes nothing that may follow.
    if (call.output === UNKNOWN_OUTPUT) return { holder: 'unknown', token: lock.token };
    const token = Number(call.output);
    return token > lock.token ? { holder: 'known', token } : REJECTED;
  },
  canonical: describeLock,
  describeState: describeLock,
  describeCall: describe,
  problem(call) {
    if (call.f === 'acquire') {
      if (call.output === UNKNOWN_OUTPUT || Number.isFinite(call.output)) return undefined;
      return `expected an acquisition to return a token (a number), got ${canonical(call.output)}`;
    }
    if (call.input === null || call.input === undefined || Number.isFinite(call.input)) return undefined;
    return `expected a release to carry a token (a number) or nothing, got ${canonical(call.input)}`;
  },
};

function release(lock: FencedLock, input: unknown): FencedLock | typeof REJECTED {
  if (lock.holder === 'nobody') return REJECTED;
  if (input === null || input === undefined) return { holder: 'nobody', token: lock.token };
  const token = Number(input);
  const matches = lock.holder === 'known' ? token === lock.token : token > lock.token;
  return matches ? { holder: 'nobody', token } : REJECTED;
}

function describeLock(lock: FencedLock): string {
  return `${lock.holder === 'nobody' ? 'free' : lock.holder === 'known' ? 'held' : 'held under an unseen token'}, greatest token ${lock.token}`;
}
