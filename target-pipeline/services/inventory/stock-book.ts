/** Where the stock is kept: the one interface behind which its consistency is chosen. */
import type { Term } from '../../coordination/index.ts';
import type { Fence } from '../../store/index.ts';
import type { ReleaseRequest, ReserveRequest, StockAnswer } from './stock.ts';

interface StockCall {
  readonly sku: string;
  /** Units before the first order. */
  readonly initial: number;
}

export interface ReserveCall extends StockCall {
  readonly request: ReserveRequest;
  /** What is over and older than this stamp may be folded away. */
  readonly foldBeforeHlc: string;
}

export interface ReleaseCall extends StockCall {
  readonly request: ReleaseRequest;
}

export type BookAnswer =
  | { readonly kind: 'apply' | 'duplicate'; readonly answer: StockAnswer }
  /** The same key for something else. */
  | { readonly kind: 'mismatch' }
  /** The call is so old that nobody knows whether it was carried out, and it matters. */
  | { readonly kind: 'undecidable' };

/** What a confirmed order takes of one SKU. */
export interface Sale extends StockCall {
  readonly orderId: string;
  readonly quantity: number;
}

/** Each resolves once its effect is durable, and throws `ProblemError` when that isn't known. */
export interface StockBook {
  reserve(call: ReserveCall, fence: Fence): Promise<BookAnswer>;
  release(call: ReleaseCall, fence: Fence): Promise<BookAnswer>;
  /** Sells what confirmed orders had reserved; once, however often it is told. Resolves `false` when it must be told again. */
  sell(sales: readonly Sale[], term: Term, hlc: string): Promise<boolean>;
}
