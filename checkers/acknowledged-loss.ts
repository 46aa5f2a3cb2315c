/**
 * Acknowledged loss: what a customer was told had happened is still so at the end.
 *
 * It looks for what is *missing*; that what is there adds up is the saga checker's business.
 */
import type { CheckResult, LedgerOrder, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import {
  collectFindings,
  concernsOrders,
  type Findings,
  groupBy,
  invalidResult,
  itemsOf,
  numberField,
  type OrderCall,
  operationIndexes,
  orderCalls,
  quantitiesBySku,
  reachable,
} from './evidence/index.ts';

const question = 'Is everything that was acknowledged still there at the end?';

export const acknowledgedLoss: Checker = { name: 'acknowledged-loss', question, applies: concernsOrders, check: checkAcknowledgedLoss };

export function checkAcknowledgedLoss(evidence: RunEvidence): CheckResult {
  const findings = collectFindings();
  const calls = orderCalls(evidence.history).filter(({ orderId }) => orderId !== undefined);
  const callsByOrder = groupBy(calls, ({ orderId }) => orderId ?? '');
  const isAcknowledged = ({ f, completion }: OrderCall): boolean => completion?.type === 'ok' && f === 'place-order';
  const withdrawn = withdrawnOrders(evidence);
  const examined = {
    acknowledgedOrders: calls.filter(isAcknowledged).length,
    withdrawnOrders: withdrawn.size,
    acknowledgedCancellations: calls.filter(({ f, status }) => f === 'cancel-order' && status !== undefined).length,
    statusesSeen: calls.filter(({ status }) => status !== undefined).length,
  };

  const orders = evidence.ledger === undefined ? undefined : new Map(evidence.ledger.orders.map((order) => [order.orderId, order]));
  for (const [orderId, ofOrder] of callsByOrder) {
    const placement = ofOrder.find(isAcknowledged);
    if (placement !== undefined) checkStaysFound(orderId, placement, ofOrder, findings);
    if (orders === undefined) continue;
    const order = orders.get(orderId);
    if (order !== undefined) {
      if (placement !== undefined) checkContents(order, placement, findings);
      checkStatuses(order, ofOrder, withdrawn.has(orderId), findings);
    } else reportMissing(orderId, placement, ofOrder, findings);
  }

  if (findings.total > 0) return invalidResult(question, findings, examined);
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: [],
  });
  if (orders === undefined) return result('unknown', 'The final reads failed, so nobody knows what is left of what was acknowledged.');
  if (examined.acknowledgedOrders === 0) return result('unknown', 'Nothing was ever acknowledged, so nothing could be lost.');
  return result(
    'valid',
    `All ${examined.acknowledgedOrders} acknowledged orders and ${examined.acknowledgedCancellations} acknowledged cancellations are in the final reads.`,
  );
}

function reportMissing(orderId: string, placement: OrderCall | undefined, calls: readonly OrderCall[], findings: Findings): void {
  const told = placement ?? calls.find(({ status }) => status !== undefined);
  if (told === undefined) return;
  const how = placement === undefined ? `was answered as ${told.status ?? 'existing'} (${told.f})` : 'was acknowledged';
  findings.violation('order-lost', {
    summary: `Order ${orderId} ${how}, but is not in the final reads.`,
    operations: operationIndexes(told),
    data: { orderId, status: told.status },
  });
}

/** A read that began after the acknowledgement must find the order. Equal times are concurrent. */
function checkStaysFound(orderId: string, placement: OrderCall, calls: readonly OrderCall[], findings: Findings): void {
  const acknowledgedAt = placement.completion?.time;
  if (acknowledgedAt === undefined) return;
  for (const read of calls) {
    if (read.f !== 'read-order' || read.completion?.error?.code !== 'not-found' || read.invocation.time <= acknowledgedAt) continue;
    findings.violation('order-not-found', {
      summary: `Order ${orderId} was acknowledged, but a read that began later did not find it.`,
      operations: operationIndexes(placement, read),
      data: { orderId },
    });
  }
}

function checkContents(order: LedgerOrder, placement: OrderCall, findings: Findings): void {
  const { orderId } = order;
  const acknowledged = numberField(placement.completion?.value, 'amountCents') ?? numberField(placement.invocation.value, 'amountCents');
  if (acknowledged !== undefined && acknowledged !== order.amountCents) {
    findings.violation('order-altered', {
      summary: `Order ${orderId} was acknowledged for ${acknowledged} cents, but is in the final reads with ${order.amountCents}.`,
      operations: operationIndexes(placement),
      data: { orderId, acknowledgedCents: acknowledged, amountCents: order.amountCents },
    });
  }
  const asked = itemsOf(placement.invocation.value);
  if (asked === undefined) return;
  const wanted = quantitiesBySku(asked);
  const kept = quantitiesBySku(order.items);
  if (wanted.size === kept.size && [...wanted].every(([sku, quantity]) => kept.get(sku) === quantity)) return;
  findings.violation('order-altered', {
    summary: `Order ${orderId} was acknowledged with other items than it has in the final reads.`,
    operations: operationIndexes(placement),
    data: { orderId, asked, items: order.items },
  });
}

/**
 * Orders that a pipeline with eventual stock took back because it had sold the units twice: it must have promised more than there was, and
 * somebody must have seen it withdraw this very order.
 */
function withdrawnOrders({ ledger, traffic }: RunEvidence): ReadonlySet<string> {
  const oversold = new Set(ledger?.stock.flatMap(({ sku, oversoldUnits = 0 }) => (oversoldUnits > 0 ? [sku] : [])));
  if (oversold.size === 0) return oversold;
  const ofOversold = new Set(ledger?.orders.flatMap(({ orderId, items }) => (items.some(({ sku }) => oversold.has(sku)) ? [orderId] : [])));
  return new Set(
    traffic.flatMap(({ kind, key, forwardedAt }) =>
      kind === 'withdrawal' && key !== undefined && forwardedAt !== undefined && ofOversold.has(key) ? [key] : [],
    ),
  );
}

/** A status once told may only have moved on; and away from CONFIRMED only because a customer, or the shop, may have asked for it. */
function checkStatuses(order: LedgerOrder, calls: readonly OrderCall[], isWithdrawn: boolean, findings: Findings): void {
  const mayBeCancelled = isWithdrawn || calls.some(({ f, completion }) => f === 'cancel-order' && completion?.type !== 'fail');
  for (const call of calls) {
    if (call.status === undefined) continue;
    const undone = !reachable(call.status, order.status);
    const withdrawn = call.status === 'CONFIRMED' && order.status !== 'CONFIRMED' && !mayBeCancelled;
    if (!undone && !withdrawn) continue;
    findings.violation('status-lost', {
      summary: `Order ${order.orderId} was answered as ${call.status} (${call.f}), but is ${order.status} in the final reads${undone ? '' : ', though nobody cancelled it'}.`,
      operations: operationIndexes(call),
      data: { orderId: order.orderId, acknowledged: call.status, status: order.status },
    });
  }
}
