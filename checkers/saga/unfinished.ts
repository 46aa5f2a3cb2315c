/** Clause: every acknowledged order comes to an end. Others that are stuck are told as context. */
import type { Evidence, Ledger, LedgerOrder } from '../../harness/history/index.ts';
import { type Findings, type OrderCall, operationIndexes, terminalStatuses } from '../evidence/index.ts';

export interface Unfinished {
  readonly order: LedgerOrder;
  /** The call that acknowledged it, if one did. */
  readonly placement?: OrderCall;
}

export function unfinishedOrders(calls: readonly OrderCall[], ledger: Ledger): readonly Unfinished[] {
  const acknowledged = new Map<string, OrderCall>();
  for (const call of calls) {
    if (call.f === 'place-order' && call.completion?.type === 'ok' && call.orderId !== undefined) acknowledged.set(call.orderId, call);
  }
  return ledger.orders.flatMap((order) => {
    if (terminalStatuses.has(order.status)) return [];
    const placement = acknowledged.get(order.orderId);
    return [placement === undefined ? { order } : { order, placement }];
  });
}

export function checkFinished(unfinished: readonly Unfinished[], findings: Findings): void {
  for (const one of unfinished) {
    if (one.placement !== undefined) findings.violation('stuck', describeUnfinished(one));
  }
}

export function describeUnfinished({ order, placement }: Unfinished): Evidence {
  const { orderId, status, ageMs, transitions } = order;
  const last = transitions.at(-1);
  return {
    kind: 'context',
    summary:
      `Order ${orderId} is stuck in ${status} for ${ageMs} ms; its last step was ${last === undefined ? 'not recorded' : `to ${last.status} at ${last.hlc}`}.` +
      (placement === undefined ? ' It was never acknowledged.' : ''),
    ...(placement === undefined ? {} : { operations: operationIndexes(placement) }),
    data: { orderId, status, ageMs, transitions },
  };
}
