/**
 * Saga: an order is all done or all undone, whatever failed on the way (Garcia-Molina and Salem, "Sagas", SIGMOD 1987).
 *
 * Judged from the final reads, after faults are healed and the pipeline is quiet, and from what customers were told meanwhile. `info`
 * placements may or may not have left an order; the final reads settle which, and the order is then held to the same rules.
 */
import type { CheckResult, RunEvidence } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import { collectFindings, concernsOrders, invalidResult, orderCalls } from '../evidence/index.ts';
import { checkAnswers } from './answers.ts';
import { checkCauses } from './causes.ts';
import { checkMoney } from './money.ts';
import { restOf } from './rest.ts';
import { checkStates } from './states.ts';
import { checkStock } from './stock.ts';
import { checkFinished, describeUnfinished, unfinishedOrders } from './unfinished.ts';

const question = 'Is every order all done or all undone, with money and stock to match?';

export const saga: Checker = { name: 'saga', question, applies: concernsOrders, check: checkSaga };

export function checkSaga(evidence: RunEvidence): CheckResult {
  const { ledger } = evidence;
  const findings = collectFindings();
  const calls = orderCalls(evidence.history);
  const answers = checkAnswers(calls, evidence.traffic, ledger, findings);
  const rest = ledger === undefined ? undefined : restOf(evidence, ledger);
  const unfinished = ledger === undefined ? [] : unfinishedOrders(calls, ledger);
  if (ledger !== undefined && rest !== undefined) {
    if (rest.settled) checkFinished(unfinished, findings);
    checkMoney(ledger, rest, findings);
    checkStock(ledger, rest, findings);
    checkStates(ledger.orders, findings);
    checkCauses(ledger, findings);
  }
  const countOf = (status: string): number => ledger?.orders.filter((order) => order.status === status).length ?? 0;
  const examined = {
    orders: ledger?.orders.length ?? 0,
    ...answers,
    confirmed: countOf('CONFIRMED'),
    cancelled: countOf('CANCELLED'),
    rejected: countOf('REJECTED'),
    paymentRecords: ledger?.payments.reduce((sum, { records }) => sum + records.length, 0) ?? 0,
    skus: ledger?.stock.length ?? 0,
    ...oversoldIn(ledger),
    unfinished: unfinished.length,
  };
  const context = unfinished
    .filter(({ placement }) => placement === undefined || rest?.settled === false)
    .slice(0, 20)
    .map(describeUnfinished);
  if (findings.total > 0) return invalidResult(question, findings, examined, context);
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: context,
  });
  if (ledger === undefined) return result('unknown', 'The final reads failed, so nobody knows how the orders ended.');
  if (rest?.settled === false) return result('unknown', rest.why);
  if (answers.acknowledgedOrders === 0) return result('unknown', 'No order was ever acknowledged, so no saga was exercised.');
  return result(
    'valid',
    `All ${answers.acknowledgedOrders} acknowledged orders came to an end (${examined.confirmed} confirmed, ${examined.cancelled} cancelled, ` +
      `${examined.rejected} rejected in the ledger), and money and stock agree with them.`,
  );
}

/** Counted only where stock is kept eventually: elsewhere, overselling is a violation. */
function oversoldIn(ledger: RunEvidence['ledger']): Readonly<Record<string, number>> {
  const units = ledger?.stock.flatMap(({ oversoldUnits }) => (oversoldUnits === undefined ? [] : [oversoldUnits])) ?? [];
  return units.length === 0 ? {} : { oversoldUnits: units.reduce((sum, one) => sum + one, 0) };
}
