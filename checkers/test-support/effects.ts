/** Builders for the calls between services: the effects of a saga as an edge proxy saw them. */
import type { TrafficRecord } from '../../harness/history/index.ts';

export interface EffectSketch extends Partial<TrafficRecord> {
  readonly orderId: string;
  /** `capture`, `refund`, `reserve-<sku>` or `release-<sku>`. */
  readonly step: string;
  readonly at: number;
}

/** Delivered, and answered with 200 two ticks later, unless said otherwise; `undefined` takes a field away. Ids are positions. */
export function effectsOf(sketches: readonly (EffectSketch | WithoutFields)[]): readonly TrafficRecord[] {
  return sketches.map((sketch, id) => {
    const { orderId, step, at, ...given } = sketch;
    const [verb = '', ...sku] = step.split('-');
    const to = sku.length === 0 ? 'payment-1' : 'inventory-1';
    const record = {
      id,
      from: 'order-1',
      to,
      edge: `order-1->${to}`,
      method: 'POST',
      path: sku.length === 0 ? `/payments/${orderId}/${verb}` : `/stock/${sku.join('-')}/${verb}`,
      kind: 'effect',
      key: sku.length === 0 ? orderId : sku.join('-'),
      idempotencyKey: `${orderId}:${step}:0`,
      attempt: 1,
      round: 0,
      requestDigest: `request ${orderId} ${step}`,
      responseDigest: `response ${orderId} ${step}`,
      status: 200,
      requestBytes: 100,
      responseBytes: 50,
      receivedAt: at,
      forwardedAt: at + 1,
      respondedAt: at + 2,
      endedAt: at + 2,
      outcome: 'completed',
      faults: [],
      ...given,
    };
    return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as TrafficRecord;
  });
}

/** A sketch that takes fields of the record away. */
type WithoutFields = Pick<EffectSketch, 'orderId' | 'step' | 'at'> & {
  readonly [Field in keyof TrafficRecord]?: TrafficRecord[Field] | undefined;
};

/** No answer came. */
export const unanswered = { status: undefined, responseDigest: undefined, respondedAt: undefined, outcome: 'callee-closed' } as const;

/** The callee never had it. */
export const undelivered = { ...unanswered, forwardedAt: undefined, outcome: 'callee-refused' } as const;
