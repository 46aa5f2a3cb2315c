/**
 * The account of one order, the value of `payment/<orderId>`: money moved and the idempotency keys under which it was moved, in one
 * value, so that effect and key commit together or not at all. Pure transitions.
 */
import { claim, type IdempotencyRecord } from '../../resilience/index.ts';

export interface PaymentAnswer {
  readonly outcome: 'captured' | 'declined' | 'refunded' | 'voided';
  readonly amountCents: number;
  /** When it took effect. */
  readonly hlc: string;
}

export interface PaymentAccount {
  readonly answers: readonly IdempotencyRecord<PaymentAnswer>[];
  /** A refund came before its capture: a tombstone, which wins over any capture that comes later. */
  readonly voided: boolean;
}

export const emptyAccount: PaymentAccount = { answers: [], voided: false };

/** One call to move money. */
export interface PaymentCall {
  readonly command: PaymentCommand;
  readonly key: string;
  readonly fingerprint: string;
  /** When it takes effect, if it does. */
  readonly hlc: string;
  readonly declineAboveCents: number;
}

export type PaymentCommand = { readonly kind: 'capture'; readonly amountCents: number } | { readonly kind: 'refund' };

/** `behind`: the account holds a later stamp, so an effect stamped now would seem to come before its cause. */
export type PaymentDecision =
  | { readonly kind: 'apply'; readonly account: PaymentAccount; readonly answer: PaymentAnswer }
  | { readonly kind: 'duplicate'; readonly answer: PaymentAnswer }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'behind'; readonly hlc: string };

export function netCents(account: PaymentAccount): number {
  return account.answers.reduce(
    (sum, { result }) =>
      sum + (result.outcome === 'captured' ? result.amountCents : result.outcome === 'refunded' ? -result.amountCents : 0),
    0,
  );
}

/** Is the newest effect a second one of its kind? An order is captured at most once and refunded at most once. */
export function isDuplicateEffect({ answers }: PaymentAccount): boolean {
  const newest = answers.at(-1)?.result.outcome;
  return (newest === 'captured' || newest === 'refunded') && answers.filter(({ result }) => result.outcome === newest).length > 1;
}

export function decidePayment(account: PaymentAccount, call: PaymentCall): PaymentDecision {
  const claimed = claim(account.answers, call.key, call.fingerprint);
  if (claimed !== 'new') return claimed === 'mismatch' ? { kind: 'mismatch' } : { kind: 'duplicate', answer: claimed.result };
  return carryOut(account, call);
}

/** The call as one that hasn't come before. */
export function carryOut(account: PaymentAccount, { command, key, fingerprint, hlc, declineAboveCents }: PaymentCall): PaymentDecision {
  const last = account.answers.at(-1)?.result.hlc;
  if (last !== undefined && last >= hlc) return { kind: 'behind', hlc: last };
  const answer = answerTo(account, command, hlc, declineAboveCents);
  return {
    kind: 'apply',
    answer,
    account: {
      answers: [...account.answers, { key, fingerprint, result: answer }],
      voided: account.voided || answer.outcome === 'voided' || answer.outcome === 'refunded',
    },
  };
}

function answerTo(account: PaymentAccount, command: PaymentCommand, hlc: string, declineAboveCents: number): PaymentAnswer {
  if (command.kind === 'refund') {
    const refundCents = netCents(account);
    return refundCents > 0 ? { outcome: 'refunded', amountCents: refundCents, hlc } : { outcome: 'voided', amountCents: 0, hlc };
  }
  if (account.voided) return { outcome: 'voided', amountCents: 0, hlc };
  if (command.amountCents > declineAboveCents) return { outcome: 'declined', amountCents: 0, hlc };
  return { outcome: 'captured', amountCents: command.amountCents, hlc };
}
