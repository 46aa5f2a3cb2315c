/** How stock is reserved and given back; each is replaceable as one component. */
import type { ChangeOptions, ChangeOutcome, Registers } from '../../store/index.ts';
import { fold, initialStock, type ReleaseRequest, type ReserveRequest, release, reserve, type Stock, type StockDecision } from './stock.ts';

export interface StockRegister {
  readonly key: string;
  /** Units before the first order. */
  readonly initial: number;
}

export interface ReserveCall extends StockRegister {
  readonly request: ReserveRequest;
  /** What is over and older than this stamp is folded away. */
  readonly foldBeforeHlc: string;
}

export interface ReleaseCall extends StockRegister {
  readonly request: ReleaseRequest;
}

export type ReserveStock = (registers: Registers, call: ReserveCall, options: ChangeOptions) => Promise<ChangeOutcome<StockDecision>>;
export type ReleaseStock = (registers: Registers, call: ReleaseCall, options: ChangeOptions) => Promise<ChangeOutcome<StockDecision>>;

/** Check and reservation are one change, so two orders can't both take the last unit. */
export const reserveInOneChange: ReserveStock = (registers, { request, foldBeforeHlc, ...register }, options) =>
  decideInOneChange(registers, register, (stock) => reserve(fold(stock, foldBeforeHlc), request), options);

export const releaseInOneChange: ReleaseStock = (registers, { request, ...register }, options) =>
  decideInOneChange(registers, register, (stock) => release(stock, request), options);

export function decideInOneChange(
  registers: Registers,
  { key, initial }: StockRegister,
  decide: (stock: Stock) => StockDecision,
  options: ChangeOptions,
): Promise<ChangeOutcome<StockDecision>> {
  return registers.change<StockDecision>(
    key,
    (value) => {
      const decision = decide((value as Stock | null) ?? initialStock(initial));
      return decision.kind === 'apply' ? { kind: 'set', value: decision.stock, result: decision } : { kind: 'keep', result: decision };
    },
    options,
  );
}
