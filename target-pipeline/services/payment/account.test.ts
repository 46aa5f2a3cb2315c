import { describe, expect, it } from 'vitest';
import { decidePayment, emptyAccount, isDuplicateEffect, netCents, type PaymentAccount, type PaymentCommand } from './account.ts';

const capture: PaymentCommand = { kind: 'capture', amountCents: 500 };
const refund: PaymentCommand = { kind: 'refund' };

/** The account and the outcome after a command that is applied. */
function applied(account: PaymentAccount, command: PaymentCommand, key: string, hlc: string, declineAboveCents = 1000) {
  const decision = decidePayment(account, {
    command: command,
    key: key,
    fingerprint: `fingerprint of ${key}`,
    hlc: hlc,
    declineAboveCents: declineAboveCents,
  });
  if (decision.kind !== 'apply') throw new Error(`expected the command to be applied, got ${decision.kind}`);
  return { account: decision.account, outcome: decision.answer.outcome };
}

describe('the account of an order', () => {
  it('captures once: the same key is answered from the first effect', () => {
    const { account } = applied(emptyAccount, capture, 'k', '1');
    expect(
      decidePayment(account, { command: capture, key: 'k', fingerprint: 'fingerprint of k', hlc: '2', declineAboveCents: 1000 }),
    ).toMatchObject({
      kind: 'duplicate',
      answer: { outcome: 'captured', hlc: '1' },
    });
    expect(netCents(account)).toBe(500);
  });

  it('refuses a key that comes again with another body', () => {
    const { account } = applied(emptyAccount, capture, 'k', '1');
    expect(
      decidePayment(account, { command: capture, key: 'k', fingerprint: 'another fingerprint', hlc: '2', declineAboveCents: 1000 }),
    ).toEqual({ kind: 'mismatch' });
  });

  it('refunds what was captured, all of it', () => {
    const captured = applied(emptyAccount, capture, 'k', '1').account;
    const refunded = applied(captured, refund, 'r', '2');
    expect(refunded.outcome).toBe('refunded');
    expect(netCents(refunded.account)).toBe(0);
  });

  it('lets a refund that comes before its capture forbid it: the tombstone wins', () => {
    const voided = applied(emptyAccount, refund, 'r', '1');
    expect(voided.outcome).toBe('voided');
    const late = applied(voided.account, capture, 'k', '2');
    expect(late.outcome).toBe('voided');
    expect(netCents(late.account)).toBe(0);
  });

  it('declines above the limit, and remembers that it did', () => {
    const declined = applied(emptyAccount, capture, 'k', '1', 499);
    expect(declined.outcome).toBe('declined');
    expect(
      decidePayment(declined.account, { command: capture, key: 'k', fingerprint: 'fingerprint of k', hlc: '2', declineAboveCents: 10_000 }),
    ).toMatchObject({
      kind: 'duplicate',
      answer: { outcome: 'declined' },
    });
  });

  it('never stamps an effect before one that it follows', () => {
    const { account } = applied(emptyAccount, capture, 'k', '5');
    expect(decidePayment(account, { command: refund, key: 'r', fingerprint: 'f', hlc: '4', declineAboveCents: 1000 })).toEqual({
      kind: 'behind',
      hlc: '5',
    });
    expect(decidePayment(account, { command: refund, key: 'r', fingerprint: 'f', hlc: '5', declineAboveCents: 1000 })).toEqual({
      kind: 'behind',
      hlc: '5',
    });
  });

  it('sees a second capture for what it is', () => {
    const once = applied(emptyAccount, capture, 'k', '1').account;
    expect(isDuplicateEffect(once)).toBe(false);
    expect(isDuplicateEffect(applied(once, capture, 'another key', '2').account)).toBe(true);
    expect(isDuplicateEffect(applied(once, refund, 'r', '2').account)).toBe(false);
  });
});
