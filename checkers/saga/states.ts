/**
 * Clauses about an order's states as the order itself records them: they follow the DAG, terminals absorb, and their stamps increase.
 */
import type { LedgerOrder } from '../../harness/history/index.ts';
import { type Findings, mayMove } from '../evidence/index.ts';

export function checkStates(orders: readonly LedgerOrder[], findings: Findings): void {
  for (const order of orders) {
    // A pipeline that keeps no record of its states can't be judged by it.
    if (order.transitions.length > 0) checkTransitions(order, findings);
  }
}

function checkTransitions(order: LedgerOrder, findings: Findings): void {
  const { orderId, status, transitions } = order;
  const path = transitions.map((transition) => transition.status).join(' → ');
  const data = { orderId, status, transitions };
  const [first] = transitions;
  if (first !== undefined && first.status !== 'PENDING') {
    findings.violation('state-path', {
      summary: `Order ${orderId} began as ${first.status}; every order begins as PENDING (${path}).`,
      data,
    });
  }
  for (const [at, next] of transitions.entries()) {
    const previous = transitions[at - 1];
    if (previous === undefined) continue;
    if (!mayMove(previous.status, next.status)) {
      findings.violation('state-path', {
        summary: `Order ${orderId} went from ${previous.status} to ${next.status}, which is no step of the saga (${path}).`,
        data,
      });
    }
    if (next.hlc <= previous.hlc) {
      findings.violation('state-stamps', {
        summary: `Order ${orderId} became ${next.status} at ${next.hlc}, not after it had become ${previous.status} at ${previous.hlc}.`,
        data,
      });
    }
  }
  const last = transitions.at(-1);
  if (last !== undefined && last.status !== status) {
    findings.violation('state-path', {
      summary: `Order ${orderId} is ${status}, but the last state it records is ${last.status} (${path}).`,
      data,
    });
  }
}
