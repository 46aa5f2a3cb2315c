/**
 * Whose money is it? The workload gives every order of a small group another power of two as its amount, so that a wrong balance, read in
 * binary, names the orders in it. Amounts repeat from group to group, so the answer is a short list, not one name.
 */
import type { LedgerOrder } from '../../harness/history/index.ts';

const suspectsPerAmount = 5;

/** Orders whose amounts are the powers of two in `cents`; none when an amount in it belongs to no order. */
export function ordersByAmounts(cents: number, orders: readonly LedgerOrder[]): readonly string[] {
  const suspects: string[] = [];
  let rest = Math.abs(cents);
  for (let power = 1; rest > 0; power *= 2) {
    // Arithmetic rather than bit operations: cents may exceed 32 bits.
    if (rest % (power * 2) === 0) continue;
    rest -= power;
    const amount = power;
    const owners = orders.filter(({ amountCents }) => amountCents === amount).slice(0, suspectsPerAmount);
    if (owners.length === 0) return [];
    suspects.push(...owners.map(({ orderId }) => orderId));
  }
  return suspects;
}
