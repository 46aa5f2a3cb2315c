/**
 * Two sockets joined as if the proxy weren't there: for anything that isn't HTTP/1.x beyond doubt.
 */
import type { Socket } from 'node:net';

/** Calls back once both are closed, with the side that went first. A reset on one side becomes a reset on the other. */
export function joinRaw(caller: Socket, callee: Socket, onClosed: (first: 'caller' | 'callee') => void): void {
  let first: 'caller' | 'callee' | undefined;
  let open = 2;
  const forward = (from: Socket, to: Socket, name: 'caller' | 'callee'): void => {
    let failed = false;
    from.on('end', () => {
      first ??= name;
    });
    from.on('error', () => {
      failed = true;
    });
    from.on('close', () => {
      first ??= name;
      if (failed) to.resetAndDestroy();
      else to.destroySoon();
      open -= 1;
      if (open === 0) onClosed(first);
    });
    from.pipe(to);
  };
  forward(caller, callee, 'caller');
  forward(callee, caller, 'callee');
}
