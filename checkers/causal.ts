/**
 * Causal: nothing is handled, told or done before what it depends on, and the events of one order keep their order.
 *
 * Judged by the stamps of hybrid logical clocks: whoever acts on something has heard its stamp and stamps later (Kulkarni and others, "Logical
 * Physical Clocks", OPODIS 2014). That an order's own states are stamped in their order is the saga checker's business.
 */
import type { CheckResult, Ledger, LedgerOrder, OrderStatus, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { collectFindings, concernsOrders, type Findings, groupBy, invalidResult, reachable } from './evidence/index.ts';

const question = 'Was nothing handled before what it depends on, and did the events of each order keep their order?';

/** The log line of a consumer that found an event stamped no later than its cause, and did not handle it. */
const untimelyEvent = 'event.before-its-cause';

/** The state that an event tells of; of other events only their order is known. */
const toldStatus: Readonly<Record<string, OrderStatus>> = { 'order-confirmed': 'CONFIRMED', 'order-cancelled': 'CANCELLED' };

export const causal: Checker = {
  name: 'causal',
  question,
  applies: (evidence) => concernsOrders(evidence) && (evidence.ledger === undefined || isStamped(evidence.ledger)),
  check: checkCausal,
};

/** A pipeline that records neither states nor events can't be asked. */
function isStamped({ orders, events }: Ledger): boolean {
  return events.length > 0 || orders.some(({ transitions }) => transitions.length > 0);
}

export function checkCausal(evidence: RunEvidence): CheckResult {
  const { ledger, logs } = evidence;
  const findings = collectFindings();
  for (const { node, line } of logs.filter(({ event }) => event === untimelyEvent)) {
    findings.violation('stamped-before-its-cause', {
      summary: `${node} came upon an event whose stamp is not after the stamps that it depends on.`,
      logLines: [{ node, line }],
    });
  }
  const examined = {
    events: ledger?.events.length ?? 0,
    eventsWithTheirCause: ledger === undefined ? 0 : checkEvents(ledger, findings),
    eventsInOrder: ledger === undefined ? 0 : checkOrderKept(ledger, findings),
    effectsWithTheirCause: ledger === undefined ? 0 : checkEffects(ledger, findings),
  };
  if (findings.total > 0) return invalidResult(question, findings, examined);
  const pairs = examined.eventsWithTheirCause + examined.eventsInOrder + examined.effectsWithTheirCause;
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: [],
  });
  if (ledger === undefined) return result('unknown', 'The final reads failed, so nobody knows what was stamped when.');
  if (pairs === 0)
    return result('unknown', 'Nothing depended on anything: there was no event, capture or refund to compare with its cause.');
  return result(
    'valid',
    `All ${pairs} effects and events that were compared with what they depend on came after it, and each order's events kept their order.`,
  );
}

/** An event comes no earlier than the state it tells of; the first one told is the one that was acted upon. */
function checkEvents({ orders, events }: Ledger, findings: Findings): number {
  const known = new Map(orders.map((order) => [order.orderId, order]));
  let compared = 0;
  for (const { orderId, type, hlc } of events) {
    const order = known.get(orderId);
    const status = toldStatus[type];
    if (order === undefined || status === undefined || order.transitions.length === 0) continue;
    const cause = stampOf(order, status);
    if (cause !== undefined) {
      compared += 1;
      if (hlc < cause) {
        findings.violation('event-before-its-cause', {
          summary: `Event ${type} of order ${orderId} is stamped ${hlc}, before the order became ${status} at ${cause}.`,
          data: { orderId, type, hlc, cause, transitions: order.transitions },
        });
      }
      // An order that may still get there was perhaps read a moment before it did.
    } else if (!reachable(order.status, status)) {
      findings.violation('event-without-its-cause', {
        summary: `The log tells ${type} of order ${orderId}, which never became ${status} and never can: it is ${order.status}.`,
        data: { orderId, type, hlc, transitions: order.transitions },
      });
    }
  }
  return compared;
}

function stampOf({ transitions }: LedgerOrder, status: OrderStatus): string | undefined {
  return transitions.find((transition) => transition.status === status)?.hlc;
}

/** In the log, an order's events stand in the order of their stamps and of the states they tell of. Copies of an event say nothing new. */
function checkOrderKept({ events }: Ledger, findings: Findings): number {
  let compared = 0;
  for (const [orderId, ofOrder] of groupBy(events, (event) => event.orderId)) {
    const told = new Set<string>();
    let previous: Ledger['events'][number] | undefined;
    for (const event of ofOrder) {
      const name = `${event.type} ${event.hlc}`;
      if (told.has(name)) continue;
      told.add(name);
      if (previous !== undefined) {
        compared += 1;
        const [from, to] = [toldStatus[previous.type], toldStatus[event.type]];
        const backwards = from !== undefined && to !== undefined && !reachable(from, to);
        if (event.hlc <= previous.hlc || backwards) {
          findings.violation('order-not-kept', {
            summary: `In the log ${event.type} (${event.hlc}) of order ${orderId} stands after ${previous.type} (${previous.hlc}), which should have come later.`,
            data: { orderId, events: ofOrder },
          });
        }
      }
      previous = event;
    }
  }
  return compared;
}

/** The step that plans an effect, and the one that is taken once it was heard to have happened. */
const around = {
  capture: { cause: 'RESERVED', consequence: 'CONFIRMED' },
  refund: { cause: 'CANCELLING', consequence: 'CANCELLED' },
} as const satisfies Record<string, { cause: OrderStatus; consequence: OrderStatus }>;

function checkEffects({ orders, payments }: Ledger, findings: Findings): number {
  const known = new Map(orders.map((order) => [order.orderId, order]));
  let compared = 0;
  for (const { orderId, records } of payments) {
    const order = known.get(orderId);
    if (order === undefined) continue;
    for (const { kind, hlc } of records) {
      const cause = stampOf(order, around[kind].cause);
      const consequence = stampOf(order, around[kind].consequence);
      compared += Number(cause !== undefined) + Number(consequence !== undefined);
      const data = { orderId, kind, hlc, transitions: order.transitions };
      if (cause !== undefined && hlc <= cause) {
        findings.violation('effect-before-its-cause', {
          summary: `The ${kind} of order ${orderId} is stamped ${hlc}, not after the order became ${around[kind].cause} at ${cause}, which is why it was made.`,
          data,
        });
      }
      if (consequence !== undefined && consequence <= hlc) {
        findings.violation('state-before-its-cause', {
          summary: `Order ${orderId} became ${around[kind].consequence} at ${consequence}, not after the ${kind} at ${hlc} that it rests on.`,
          data,
        });
      }
    }
  }
  return compared;
}
