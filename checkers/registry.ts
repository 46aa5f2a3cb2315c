/**
 * Every checker of a run, in the order reports show them: one line each. A new checker is added here and nowhere else; `applies` decides
 * which of them a run's verdict depends on.
 */
import { acknowledgedLoss } from './acknowledged-loss.ts';
import { availability } from './availability.ts';
import { bank } from './bank.ts';
import { boundedRetries } from './bounded-retries/index.ts';
import { causal } from './causal.ts';
import type { Checker } from './checker.ts';
import { counter } from './counter.ts';
import { efficacy } from './efficacy.ts';
import { exactlyOnce } from './exactly-once/index.ts';
import { fencing } from './fencing/index.ts';
import { latency } from './latency.ts';
import { linearizableChecker } from './linearizable/index.ts';
import { logPattern } from './log-pattern/index.ts';
import { queue } from './queue.ts';
import { saga } from './saga/index.ts';
import { set } from './set/index.ts';
import { signals } from './signals/index.ts';
import { stats } from './stats.ts';
import { uniqueIds } from './unique-ids.ts';

export const checkerRegistry: readonly Checker[] = [
  linearizableChecker,
  fencing,
  saga,
  exactlyOnce,
  boundedRetries,
  causal,
  acknowledgedLoss,
  set,
  counter,
  queue,
  uniqueIds,
  bank,
  logPattern,
  efficacy,
  signals,
  availability,
  latency,
  stats,
];
