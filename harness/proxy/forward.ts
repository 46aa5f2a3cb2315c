/** Hands over to the callee what has come of a request. */
import type { Socket } from 'node:net';
import type { Call } from './call.ts';

/** Calls back with the time of writing once the operating system has taken the request's last byte. */
export function forwardRequest(call: Call, callee: Socket, now: () => number, onForwarded: (writtenAt: number) => void): void {
  const parts = call.outbound.take();
  if (parts.length === 0) return;
  call.begun = true;
  const isLast = call.requestBody.state === 'complete';
  // Taken before the write: whatever the callee does with the request happens later than this.
  const writtenAt = now();
  if (parts.length > 1) callee.cork();
  parts.forEach((part, index) => {
    if (!isLast || index < parts.length - 1) callee.write(part);
    else
      callee.write(part, (error) => {
        if (error === null || error === undefined) onForwarded(writtenAt);
      });
  });
  if (parts.length > 1) callee.uncork();
}
