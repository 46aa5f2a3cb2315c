/**
 * Backpressure: either side of a connection waits while the other can't take more. A sender that isn't read from can't overrun anything.
 */
import type { Socket } from 'node:net';
import type { Call } from './call.ts';

/** Bytes kept for one direction before their sender is made to wait. */
const backlogLimitBytes = 16 * 1024 * 1024;

/** `unreadBytes` came from the caller and belong to no call yet. */
export function regulate(caller: Socket, callee: Socket, call: Call | undefined, unreadBytes: number): void {
  const fromCaller = unreadBytes + (call?.outbound.bytes ?? 0);
  const calleeIsSlow = call?.begun === true && callee.writableNeedDrain;
  setPaused(caller, fromCaller >= backlogLimitBytes || calleeIsSlow);
  const fromCallee = call?.inbound.bytes ?? 0;
  // A caller that is gone can't be slow; its answer is still read, to be recorded.
  const callerIsSlow = !caller.destroyed && caller.writableNeedDrain;
  setPaused(callee, fromCallee >= backlogLimitBytes || callerIsSlow);
}

function setPaused(socket: Socket, paused: boolean): void {
  if (paused === socket.isPaused()) return;
  if (paused) socket.pause();
  else socket.resume();
}
