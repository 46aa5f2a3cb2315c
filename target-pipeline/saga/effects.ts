/** The calls a saga makes to other services, and what their answers mean to it. */
import type { Term } from '../coordination/index.ts';
import type { RetryingClient } from '../resilience/index.ts';
import { type Item, type OrderRecord, releaseStep, reserveStep, type StepRecord, stepNamed, wasConfirmed } from './order-record.ts';

/** `final` will never change; `pending` must be asked again with the same key, because it may or may not have happened. */
export type StepOutcome =
  | { readonly kind: 'final'; readonly outcome: string; readonly hlc: string | undefined }
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'fenced' };

export type CallResult = Awaited<ReturnType<RetryingClient['call']>>;

/** What a step asks of the other service. */
export type Verb = 'reserve' | 'release' | 'capture' | 'refund';

/**
 * What a call's result means; replaceable as one component. The rule: an ambiguous outcome is never a failure, and neither is a
 * refusal to work now.
 */
export type ClassifyCall = (result: CallResult, verb: Verb) => StepOutcome;

export const classifyCall: ClassifyCall = (result) => {
  if (result.kind !== 'answered') return { kind: 'pending', reason: result.reason };
  if (result.status === 412) return { kind: 'fenced' };
  if (result.status !== 200) return { kind: 'pending', reason: `answered ${result.status}` };
  const answer = JSON.parse(result.body) as { outcome: string; hlc?: string };
  return { kind: 'final', outcome: answer.outcome, hlc: answer.hlc };
};

export interface EffectsOptions {
  readonly client: RetryingClient;
  readonly classify: ClassifyCall;
  readonly paymentUrls: readonly string[];
  readonly inventoryUrls: readonly string[];
  /**
   * Whose calls go to one instance of the inventory first: those about one SKU, where they would duel for its register elsewhere; or those of one
   * order, where each instance decides for itself.
   */
  readonly stockAffinity: 'sku' | 'order';
  /** Deadline of one step with all its attempts, milliseconds. */
  readonly stepTimeoutMs: number;
}

/** `round` counts how often the saga itself has asked before. */
export interface Effects {
  reserve(term: Term, record: OrderRecord, item: Item, round: number): Promise<StepOutcome>;
  release(term: Term, record: OrderRecord, item: Item, round: number): Promise<StepOutcome>;
  capture(term: Term, record: OrderRecord, round: number): Promise<StepOutcome>;
  refund(term: Term, record: OrderRecord, round: number): Promise<StepOutcome>;
}

/** On whose behalf a call is made, for which order, and how often the saga has made it before. */
interface Occasion {
  readonly term: Term;
  readonly record: OrderRecord;
  readonly round: number;
}

export function createEffects(options: EffectsOptions): Effects {
  const call = async (
    service: 'payment' | 'inventory',
    object: string,
    verb: Verb,
    step: StepRecord,
    body: object,
    { term, record: { orderId }, round }: Occasion,
  ): Promise<StepOutcome> => {
    // Asked before every act: a leader that was stopped and wakes must not begin anything new. What it began already is fenced.
    if (!term.isValid()) return { kind: 'pending', reason: 'this node leads no longer' };
    const result = await options.client.call({
      service,
      urls:
        service === 'payment'
          ? preferred(options.paymentUrls, object, round)
          : preferred(options.inventoryUrls, options.stockAffinity === 'sku' ? object : orderId, round),
      method: 'POST',
      path: `/${service === 'payment' ? 'payments' : 'stock'}/${encodeURIComponent(object)}/${verb}`,
      body: { ...body, cause: step.plannedAt },
      idempotencyKey: step.idempotencyKey,
      fence: term.fence,
      deadlineMs: options.stepTimeoutMs,
      round,
      signal: term.signal,
    });
    return options.classify(result, verb);
  };

  return {
    reserve: (term, record, item, round) =>
      call(
        'inventory',
        item.sku,
        'reserve',
        stepNamed(record, reserveStep(item.sku)),
        { orderId: record.orderId, quantity: item.quantity },
        { term, record, round },
      ),
    release: (term, record, item, round) =>
      call(
        'inventory',
        item.sku,
        'release',
        stepNamed(record, releaseStep(item.sku)),
        // What was confirmed may have been sold and forgotten since; then only the order knows how much it was.
        { orderId: record.orderId, ...(wasConfirmed(record) ? { sold: item.quantity } : {}) },
        { term, record, round },
      ),
    capture: (term, record, round) =>
      call(
        'payment',
        record.orderId,
        'capture',
        stepNamed(record, 'capture'),
        { amountCents: record.amountCents },
        { term, record, round },
      ),
    refund: (term, record, round) => call('payment', record.orderId, 'refund', stepNamed(record, 'refund'), {}, { term, record, round }),
  };
}

/**
 * The instances in an order that depends on the object: calls about one object meet at one instance, where they queue instead of duelling.
 * A later round begins with the next one, or a step whose first choice is down would live on retries alone.
 */
function preferred(urls: readonly string[], object: string, round: number): readonly string[] {
  let hash = 0;
  for (const char of object) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  const first = (Math.abs(hash) + round) % urls.length;
  return [...urls.slice(first), ...urls.slice(0, first)];
}
