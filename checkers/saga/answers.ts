/**
 * Clauses about what customers were told, against real time and the final reads:
 * - a `fail` left no order behind;
 * - what was read of an order never goes backwards, and is a state the order records having had;
 * - stock reads always add up, and are never negative, but where the ledger says that stock is kept eventually.
 */
import type { Ledger, LedgerOrder, OrderStatus, TrafficRecord } from '../../harness/history/index.ts';
import { copiedKeys, type Findings, groupBy, numberField, type OrderCall, operationIndexes, reachable } from '../evidence/index.ts';

export interface AnswersExamined {
  readonly acknowledgedOrders: number;
  readonly failedPlacements: number;
  readonly statusesSeen: number;
  readonly stockReads: number;
}

export function checkAnswers(
  calls: readonly OrderCall[],
  traffic: readonly TrafficRecord[],
  ledger: Ledger | undefined,
  findings: Findings,
): AnswersExamined {
  const placements = calls.filter(({ f }) => f === 'place-order');
  const sightings = calls.flatMap(sightingOf);
  const stockReads = calls.filter(({ f, completion }) => f === 'read-stock' && completion?.type === 'ok');
  const mayOversell = ledger?.stock.some(({ oversoldUnits }) => oversoldUnits !== undefined) ?? false;
  for (const read of stockReads) checkStockRead(read, mayOversell, findings);
  checkNeverBackwards(sightings, findings);
  if (ledger !== undefined) {
    checkFailedPlacements(placements, copiedKeys(traffic), ledger, findings);
    checkRecorded(sightings, ledger, findings);
  }
  return {
    acknowledgedOrders: placements.filter(({ completion }) => completion?.type === 'ok').length,
    failedPlacements: placements.filter(({ completion }) => completion?.type === 'fail').length,
    statusesSeen: sightings.length,
    stockReads: stockReads.length,
  };
}

/** Answers that refuse an order by recording it as rejected: the order is in the ledger, and had no effect. */
const refusesByRejecting: ReadonlySet<string> = new Set(['insufficient-stock', 'payment-declined']);

/** An order of a failed placement may exist only if another call with the same key can have made it, or a copy that a fault delivered. */
function checkFailedPlacements(placements: readonly OrderCall[], copied: ReadonlySet<string>, ledger: Ledger, findings: Findings): void {
  const orderByKey = new Map(ledger.orders.map((order) => [order.idempotencyKey, order]));
  const byKey = groupBy(placements, ({ idempotencyKey }) => idempotencyKey);
  for (const [key, sameKey] of byKey) {
    const order = key === undefined ? undefined : orderByKey.get(key);
    if (key === undefined || order === undefined || copied.has(key) || sameKey.some((call) => mayHaveMade(call, order))) continue;
    findings.violation('failed-yet-happened', {
      summary: `Placing order ${order.orderId} was recorded as failed (${sameKey[0]?.completion?.error?.code ?? 'no code'}), but it exists and is ${order.status}.`,
      operations: operationIndexes(...sameKey),
      data: { orderId: order.orderId, status: order.status, idempotencyKey: order.idempotencyKey },
    });
  }
}

function mayHaveMade({ completion }: OrderCall, order: LedgerOrder): boolean {
  if (completion?.type !== 'fail') return true;
  return order.status === 'REJECTED' && refusesByRejecting.has(completion.error?.code ?? '');
}

/** A state an order was said to be in, some time between the invocation and the completion. */
interface Sighting {
  readonly call: OrderCall;
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly beganAt: number;
  readonly endedAt: number;
  /** An idempotent answer may be the first one repeated, so only a read says what was true *while* it ran. */
  readonly fresh: boolean;
}

function sightingOf(call: OrderCall): readonly Sighting[] {
  const { orderId, status, invocation, completion, f } = call;
  if (orderId === undefined || status === undefined || completion === undefined) return [];
  return [{ call, orderId, status, beganAt: invocation.time, endedAt: completion.time, fresh: f === 'read-order' }];
}

/** A read that began after another answer had come shows that state or one that may follow it. Equal times are concurrent. */
function checkNeverBackwards(sightings: readonly Sighting[], findings: Findings): void {
  for (const [orderId, ofOrder] of groupBy(sightings, (sighting) => sighting.orderId)) {
    const byEnd = [...ofOrder].sort((a, b) => a.endedAt - b.endedAt);
    const reads = ofOrder.filter(({ fresh }) => fresh).sort((a, b) => a.beganAt - b.beganAt);
    const seen = new Map<OrderStatus, Sighting>();
    let ended = 0;
    for (const read of reads) {
      for (let next = byEnd[ended]; next !== undefined && next.endedAt < read.beganAt; next = byEnd[ended]) {
        if (!seen.has(next.status)) seen.set(next.status, next);
        ended += 1;
      }
      const ahead = [...seen.values()].find(({ status }) => !reachable(status, read.status));
      if (ahead === undefined) continue;
      findings.violation('read-went-backwards', {
        summary: `Order ${orderId} was read as ${read.status} after it had been seen as ${ahead.status}, from which there is no way back.`,
        operations: operationIndexes(ahead.call, read.call),
        data: { orderId, seen: ahead.status, read: read.status },
      });
    }
  }
}

/** A state that was seen but that the order never records having had was undone by somebody. */
function checkRecorded(sightings: readonly Sighting[], ledger: Ledger, findings: Findings): void {
  const recorded = new Map(ledger.orders.map(({ orderId, transitions }) => [orderId, new Set(transitions.map(({ status }) => status))]));
  for (const { orderId, status, call } of sightings) {
    const had = recorded.get(orderId);
    if (had === undefined || had.size === 0 || had.has(status)) continue;
    findings.violation('seen-but-never-recorded', {
      summary: `Order ${orderId} was seen as ${status}, a state that it doesn't record having had (${[...had].join(' → ')}): it was overwritten.`,
      operations: operationIndexes(call),
      data: { orderId, seen: status, recorded: [...had] },
    });
  }
}

function checkStockRead(call: OrderCall, mayOversell: boolean, findings: Findings): void {
  const value = call.completion?.value;
  const [initial, available, reserved, sold] = ['initial', 'available', 'reserved', 'sold'].map((name) => numberField(value, name));
  if (initial === undefined || available === undefined || reserved === undefined || sold === undefined) return;
  const data = { sku: call.invocation.key, initial, available, reserved, sold };
  const which = call.invocation.key ?? 'a SKU';
  if ((available < 0 && !mayOversell) || reserved < 0 || sold < 0) {
    findings.violation('stock-read-negative', {
      summary: `Stock of ${which} was read with a negative count: available ${available}, reserved ${reserved}, sold ${sold}.`,
      operations: operationIndexes(call),
      data,
    });
  }
  if (available + reserved + sold !== initial) {
    findings.violation('stock-read-sum', {
      summary: `Stock of ${which} was read as available ${available} + reserved ${reserved} + sold ${sold}, which is not the ${initial} there were.`,
      operations: operationIndexes(call),
      data,
    });
  }
}
