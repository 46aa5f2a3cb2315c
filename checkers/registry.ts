/**
 * Every checker of a run, in the order reports show them: one line each. A new checker is added here and nowhere else; `applies` decides
 * which of them a run's verdict depends on.
 */
import { acknowledgedLoss } from './acknowledged-loss.ts';
import { boundedRetries } from './bounded-retries/index.ts';
import type { Checker } from './checker.ts';
import { efficacy } from './efficacy.ts';
import { exactlyOnce } from './exactly-once/index.ts';
import { fencing } from './fencing/index.ts';
import { linearizableChecker } from './linearizable/index.ts';
import { saga } from './saga/index.ts';
import { stats } from './stats.ts';

export const checkerRegistry: readonly Checker[] = [linearizableChecker, fencing, saga, exactlyOnce, boundedRetries, acknowledgedLoss, efficacy, stats];
