/** The figures of a storm against a pipeline whose retries were unbound on purpose: what the budget is worth is the difference. */
import type { RetryStormFacts, RunEvidence } from '../../harness/history/index.ts';
import { field, numberField } from '../evidence/index.ts';
import { checkBoundedRetries } from './index.ts';

/** Of the first storm that tells; `undefined` when none does. What recovery could not be judged of counts as recovered: it shows no harm. */
export function controlFigures(evidence: RunEvidence): RetryStormFacts['control'] {
  for (const { data } of checkBoundedRetries(evidence).evidence) {
    const amplification = numberField(data, 'amplification');
    const recovered = field(data, 'recovered');
    if (amplification === undefined || typeof recovered !== 'string') continue;
    const recoveryMs = numberField(data, 'recoveryMs');
    return { amplification, recovered: recovered !== 'invalid', ...(recoveryMs === undefined ? {} : { recoveryMs }) };
  }
  return undefined;
}
