/**
 * The answer to a key is remembered whatever it was, as in a memoized promise that was rejected. A 503 is not an outcome; replayed for ever, it
 * makes a blip permanent. (Airbnb's payments classify every error as retryable or not for this reason: Chew, "Avoiding Double Payments in a
 * Distributed Payments System", 2019.)
 */
import type { KeyGuard } from '../resilience/index.ts';
import type { OutgoingResponse } from '../runtime/port.ts';
import type { Bug } from './bug.ts';

function rememberEverything(): KeyGuard {
  const answers = new Map<string, Promise<OutgoingResponse>>();
  return (key, work) => {
    const known = answers.get(key) ?? work();
    answers.set(key, known);
    return known;
  };
}

export const cachesTransientFailure: Bug = {
  name: 'caches-transient-failure',
  description: 'A payment node replays its first answer to a key for ever, also when it was a 503.',
  nemesis: 'error-burst:from=payment:to=replica:kind=:durationMs=6000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, guardKeys: rememberEverything }),
};
