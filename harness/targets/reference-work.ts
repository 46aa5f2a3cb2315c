/** Work for a payment node that moves no money: a capture of more than anybody may spend, of an order that nobody placed. */
import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { withDeadline } from '../deadline.ts';

/** Above `DECLINE_ABOVE_CENTS`, whose default is 2³⁰. */
const tooMuchCents = 2 ** 30 + 1;
const timeoutMs = 5000;

/** It is decided, and the decision stored in a register, like any other capture; the ledger shows an account without a record. */
export async function declinedCapture(url: string, signal: AbortSignal): Promise<boolean> {
  const order = `calibration-${randomUUID()}`;
  return withDeadline(signal, timeoutMs, async (deadline) => {
    const response = await request(`${url}/payments/${order}/capture`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `${order}:capture:1`,
        // A scope of its own: no leader is spoken for.
        'x-fencing-scope': 'calibration',
        'x-fencing-token': '1',
      },
      body: JSON.stringify({ amountCents: tooMuchCents, cause: `${Date.now().toString(16).padStart(12, '0')}.0000.harness` }),
      signal: deadline,
    });
    await response.body.dump();
    return response.statusCode === 200;
  });
}
