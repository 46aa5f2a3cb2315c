/** How a reservation is made; replaceable as one component. */
import type { ChangeOptions, ChangeOutcome, Registers } from '../../store/index.ts';
import { fold, initialStock, reserve, type Stock, type StockDecision } from './stock.ts';

export interface ReserveCall {
  readonly key: string;
  readonly initial: number;
  readonly orderId: string;
  readonly quantity: number;
  readonly hlc: string;
  /** Final reservations older than this stamp are folded away. */
  readonly foldBeforeHlc: string;
}

export type ReserveStock = (registers: Registers, call: ReserveCall, options: ChangeOptions) => Promise<ChangeOutcome<StockDecision>>;

/** Check and reservation are one change, so two orders can't both take the last unit. */
export const reserveInOneChange: ReserveStock = (registers, call, options) =>
  registers.change<StockDecision>(
    call.key,
    (value) => {
      const stock = (value as Stock | null) ?? initialStock(call.initial);
      const decision = reserve(fold(stock, call.foldBeforeHlc), call.orderId, call.quantity, call.hlc);
      return decision.kind === 'apply' ? { kind: 'set', value: decision.stock, result: decision } : { kind: 'keep', result: decision };
    },
    options,
  );
