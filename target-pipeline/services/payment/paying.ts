/** How money is moved; replaceable as one component. */
import type { ChangeOptions, ChangeOutcome, Registers } from '../../store/index.ts';
import { decidePayment, emptyAccount, type PaymentAccount, type PaymentCall, type PaymentDecision } from './account.ts';

export type MoveMoney = (
  registers: Registers,
  register: string,
  call: PaymentCall,
  options: ChangeOptions,
) => Promise<ChangeOutcome<PaymentDecision>>;

/** Key and effect are one change, so neither can be there without the other. */
export const moveInOneChange: MoveMoney = (registers, register, call, options) =>
  registers.change<PaymentDecision>(
    register,
    (value) => {
      const decision = decidePayment((value as PaymentAccount | null) ?? emptyAccount, call);
      return decision.kind === 'apply' ? { kind: 'set', value: decision.account, result: decision } : { kind: 'keep', result: decision };
    },
    options,
  );
