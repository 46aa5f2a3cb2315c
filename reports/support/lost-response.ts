/** The footprints of a refund whose answer was lost, so that it was asked for again and is in the books once. For fixtures. */
import type { LedgerPayment, TrafficRecord } from '../../harness/history/index.ts';
import { millisecond } from './load.ts';

const orderId = 'o-2718';
const idempotencyKey = `${orderId}:refund:0`;

export interface RefundFootprint {
  readonly traffic: readonly Omit<TrafficRecord, 'id'>[];
  readonly payment: LedgerPayment;
}

export function refundAskedTwice(at: number): RefundFootprint {
  const first = refundCall('payment-1', at, 1);
  return {
    traffic: [{ ...first, outcome: 'dropped', faults: ['response-dropped'] }, refundCall('payment-2', at + 61 * millisecond, 2)],
    payment: {
      orderId,
      voided: true,
      records: [
        { kind: 'capture', idempotencyKey: `${orderId}:capture:0`, amountCents: 4096, hlc: '019ce1f0a2b4.0000.payment-2' },
        { kind: 'refund', idempotencyKey, amountCents: 4096, hlc: '019ce1f0b1c7.0000.payment-1' },
      ],
    },
  };
}

function refundCall(to: string, at: number, attempt: number): Omit<TrafficRecord, 'id'> {
  return {
    edge: `order-1->${to}`,
    from: 'order-1',
    to,
    method: 'POST',
    path: `/payments/${orderId}/refund`,
    kind: 'effect',
    key: orderId,
    idempotencyKey,
    fenceScope: 'lease/orders',
    fencingToken: 7,
    attempt,
    round: 0,
    requestDigest: '5f0c7a11c2d94b3e',
    responseDigest: '9d41e07b66aa2f10',
    status: 200,
    requestBytes: 190,
    responseBytes: 81,
    receivedAt: at,
    forwardedAt: at + 0.3 * millisecond,
    respondedAt: at + 14 * millisecond,
    endedAt: at + 14 * millisecond,
    outcome: 'completed',
    faults: [],
  };
}
