/**
 * One caller connection and the callee connection that goes with it: bytes pass unaltered, and every HTTP/1.x call among them is recorded.
 *
 * Calls are handled one at a time, in order: the next request's bytes wait until the call before it has ended, which keeps pipelined requests
 * and their answers apart. Within a call everything streams, unless a fault keeps it. What isn't HTTP beyond doubt is joined raw.
 *
 * A caller that closes is passed on to the callee, as a network would. The exception is a call that a fault has touched: it is delivered if all
 * of it had come, and its answer is awaited and recorded, since it was on its way when its caller went.
 */
import type { Socket } from 'node:net';
import type { TrafficRecord } from '../history/index.ts';
import { barrier } from './actions/index.ts';
import { Backlog } from './backlog.ts';
import { type Call, isAnswered, recordOf, startCall, type UnnumberedRecord } from './call.ts';
import { CalleeLink, type Departure, type Target } from './callee-link.ts';
import { regulate } from './flow.ts';
import { type RequestHead, readRequestHead } from './framing/head.ts';
import { joinRaw } from './raw.ts';
import { Timers } from './timers.ts';
import type { FaultAction, RequestView } from './types.ts';

export interface ConnectionContext {
  readonly target: Target;
  /** Nanoseconds since the run began. */
  now(): number;
  view(head: RequestHead, receivedAt: number): RequestView;
  decide(request: RequestView): FaultAction | undefined;
  record(record: UnnumberedRecord): void;
  /** Both sockets are closed and nothing is pending. */
  closed(connection: Connection): void;
}

/**
 * A callee may close a connection that is idle (Node.js: after 5 s), and a request written at that moment is lost. Direct callers live with that;
 * here the wait is of our making, so a request that was held, or was delayed for longer than this, gets a fresh connection.
 */
const trustIdleNs = 1_000_000_000;
/** The first request is on its way when a refusal comes back: wait for it, so that the attempt is recorded. */
const refusalGraceMs = 25;
/** After the last byte the caller may still be sending; closing at once would reset the connection under its response. */
const lingerMs = 1_000;

export class Connection {
  readonly #caller: Socket;
  readonly #context: ConnectionContext;
  readonly #timers = new Timers();
  #link: CalleeLink;
  #call: Call | undefined;
  /** Caller bytes that belong to no call yet: part of a head, or pipelined requests. */
  readonly #unread = new Backlog();
  #unreadSince = 0;
  #mode: 'calls' | 'raw' | 'closing' | 'disposed' = 'calls';
  #callerEnded = false;
  #callerGone = false;

  constructor(caller: Socket, context: ConnectionContext) {
    this.#caller = caller;
    this.#context = context;
    this.#link = this.#connect();
    caller.on('data', (bytes: Buffer) => this.#onCallerData(bytes));
    caller.on('drain', () => this.#regulate());
    caller.on('end', () => this.#onCallerEnd());
    // An error is always followed by `close`, which says all that matters here.
    caller.on('error', () => undefined);
    caller.on('close', () => this.#onCallerClose());
  }

  /** Ends everything at once; a call in progress is recorded as it stands. */
  abort(): void {
    if (this.#mode === 'disposed') return;
    const call = this.#call;
    if (call !== undefined) this.#finish(call, call.callerLeft ? 'caller-closed' : 'dropped');
    this.#dispose();
  }

  // --- From the caller -----------------------------------------------------------------------------------------------------------

  #onCallerData(bytes: Buffer): void {
    if (this.#mode !== 'calls') return;
    const call = this.#call;
    if (call !== undefined && call.requestBody.state !== 'complete') this.#readRequest(call, bytes, 0);
    else {
      this.#keepUnread(bytes);
      if (call === undefined) this.#nextCall();
    }
    this.#regulate();
  }

  #keepUnread(bytes: Buffer): void {
    if (this.#unread.bytes === 0) this.#unreadSince = this.#context.now();
    this.#unread.push(bytes);
  }

  #nextCall(): void {
    const bytes = this.#unread.takeJoined();
    const read = readRequestHead(bytes);
    if (read.state !== 'complete') {
      this.#unread.push(bytes);
      if (read.state === 'malformed') this.#becomeRaw();
      return;
    }
    const request = this.#context.view(read.head, this.#unreadSince);
    const call = startCall(request, read.head.body, this.#context.decide(request));
    this.#call = call;
    const keep = barrier('request', call.action, (milliseconds) => this.#timers.wait(milliseconds));
    if (keep !== undefined) {
      call.requestReleased = false;
      void keep.then(() => this.#releaseRequest(call));
    }
    this.#readRequest(call, bytes, read.end);
    if (this.#callerEnded && this.#call === call) this.#leaveCall(call);
  }

  /** `bytes` begin with this call's; its head, if it is among them, ends at `from`. */
  #readRequest(call: Call, bytes: Buffer, from: number): void {
    const end = call.requestBody.read(bytes, from, (part) => call.requestDigest.add(part));
    call.requestBytes += end;
    call.outbound.push(end === bytes.length ? bytes : bytes.subarray(0, end));
    if (end < bytes.length) this.#keepUnread(bytes.subarray(end));
    this.#forwardRequest(call);
  }

  #onCallerEnd(): void {
    if (this.#callerEnded || this.#mode === 'disposed') return;
    this.#callerEnded = true;
    if (this.#mode === 'raw') return;
    if (this.#mode === 'closing' || this.#call === undefined) this.#shut();
    else this.#leaveCall(this.#call);
  }

  /** No more bytes will come from the caller, though an answer may still reach it. */
  #leaveCall(call: Call): void {
    call.callerLeft = !isAnswered(call);
    if (call.action !== undefined && call.requestBody.state !== 'complete') {
      this.#finish(call, call.callerLeft ? 'caller-closed' : 'completed');
      this.#shut();
    } else this.#forwardRequest(call);
  }

  #onCallerClose(): void {
    this.#callerGone = true;
    if (this.#mode === 'raw' || this.#mode === 'disposed') return;
    this.#onCallerEnd();
    this.#regulate();
    if (this.#call === undefined) this.#dispose();
  }

  // --- To the callee -------------------------------------------------------------------------------------------------------------

  #connect(): CalleeLink {
    return new CalleeLink(this.#context.target, {
      opened: () => {
        if (this.#call !== undefined) this.#forwardRequest(this.#call);
        this.#regulate();
      },
      refused: () => this.#onRefused(),
      data: (bytes) => this.#onCalleeData(bytes),
      drained: () => this.#regulate(),
      left: (how) => this.#onCalleeLeft(how),
    });
  }

  #releaseRequest(call: Call): void {
    if (this.#call !== call || this.#mode !== 'calls') return;
    call.requestReleased = true;
    const waitedNs = this.#context.now() - call.request.receivedAt;
    if (this.#link.state === 'closed' || call.action?.holdUntil !== undefined || waitedNs > trustIdleNs) {
      this.#link.discard();
      this.#link = this.#connect();
    }
    this.#forwardRequest(call);
    this.#regulate();
  }

  #forwardRequest(call: Call): void {
    if (!call.requestReleased) return;
    if (this.#link.state === 'closed') {
      // Only a refusal leaves a closed link behind for a request of which nothing was sent.
      if (!call.begun) this.#refuse(call);
      return;
    }
    if (this.#link.state === 'connecting') return;
    const { socket } = this.#link;
    const parts = call.outbound.take();
    if (parts.length > 0) {
      call.begun = true;
      call.written = call.requestBody.state === 'complete';
      // Taken before the write: whatever the callee does with the request happens later than this.
      const writtenAt = this.#context.now();
      if (parts.length > 1) socket.cork();
      parts.forEach((part, index) => {
        if (call.written && index === parts.length - 1) socket.write(part, (error) => this.#onForwarded(call, writtenAt, error));
        else socket.write(part);
      });
      if (parts.length > 1) socket.uncork();
    }
    const nothingFollows = this.#callerEnded && this.#unread.bytes === 0;
    if (nothingFollows && call.action === undefined && !socket.writableEnded) socket.end();
  }

  #onForwarded(call: Call, writtenAt: number, error: Error | null | undefined): void {
    if (error !== null && error !== undefined) return;
    call.forwardedAt = writtenAt;
    this.#settle(call);
  }

  #onRefused(): void {
    const call = this.#call;
    if (call?.requestReleased === true) this.#refuse(call);
    // A request that is held gets another connection when it is let go.
    if (call !== undefined) return;
    this.#timers.after(refusalGraceMs, () => {
      if (this.#call === undefined) this.#closeCaller('reset');
    });
  }

  #refuse(call: Call): void {
    this.#finish(call, 'callee-refused');
    this.#closeCaller('reset');
  }

  // --- From the callee to the caller ---------------------------------------------------------------------------------------------

  #onCalleeData(bytes: Buffer): void {
    const at = this.#context.now();
    const call = this.#call;
    if (call === undefined) {
      // Nobody asked: another protocol, or a server that complains before it closes.
      this.#becomeRaw();
      this.#toCaller(bytes);
    } else if (call.begun) this.#readResponse(call, bytes, at);
    // The callee gives up on a connection that was silent while the request was held. Its complaint isn't an answer to that request.
    else this.#link.discard();
  }

  #readResponse(call: Call, bytes: Buffer, at: number): void {
    if (call.responseBytes === 0) this.#keepResponse(call);
    const end = call.response.read(bytes);
    const { state } = call.response;
    call.responseBytes += end;
    this.#returnResponse(call, end === bytes.length ? bytes : bytes.subarray(0, end));
    if (state === 'complete') call.respondedAt ??= at;
    if (state === 'malformed') this.#becomeRaw();
    else if (end < bytes.length || call.response.switchesProtocol) {
      // Bytes after the response are no answer to a request that was made.
      const rest = bytes.subarray(end);
      this.#finish(call, call.callerLeft ? 'caller-closed' : 'completed');
      for (const part of call.inbound.take()) this.#toCaller(part);
      this.#becomeRaw();
      this.#toCaller(rest);
    } else {
      this.#settle(call);
      this.#regulate();
    }
  }

  #keepResponse(call: Call): void {
    const keep = barrier('response', call.action, (milliseconds) => this.#timers.wait(milliseconds));
    if (keep === undefined) return;
    call.responseReleased = false;
    void keep.then(() => this.#releaseResponse(call));
  }

  #returnResponse(call: Call, bytes: Buffer): void {
    if (call.responseReleased) this.#toCaller(bytes);
    else call.inbound.push(bytes);
  }

  #releaseResponse(call: Call): void {
    if (this.#call !== call || this.#mode !== 'calls') return;
    call.responseReleased = true;
    for (const part of call.inbound.take()) this.#toCaller(part);
    this.#settle(call);
    this.#regulate();
  }

  #toCaller(bytes: Buffer): void {
    if (!this.#callerGone && this.#caller.writable && bytes.length > 0) this.#caller.write(bytes);
  }

  #onCalleeLeft(how: Departure): void {
    const call = this.#call;
    if (call === undefined) {
      this.#closeCaller('end');
      return;
    }
    if (how === 'end') call.response.close();
    if (call.response.state === 'complete') call.respondedAt ??= this.#context.now();
    this.#settle(call, how);
  }

  // --- Ends ----------------------------------------------------------------------------------------------------------------------

  /** Ends the call if there is nothing left to happen to it. */
  #settle(call: Call, how: Departure = 'end'): void {
    if (call !== this.#call || this.#mode !== 'calls' || !call.begun || call.inbound.bytes > 0) return;
    const calleeLeft = this.#link.state === 'closed';
    const complete = call.response.state === 'complete';
    if (!calleeLeft && (!complete || call.forwardedAt === undefined)) return;
    this.#finish(call, call.callerLeft ? 'caller-closed' : complete ? 'completed' : 'callee-closed');
    if (calleeLeft) this.#closeCaller(complete ? 'end' : how);
    else {
      if (this.#unread.bytes > 0) this.#nextCall();
      if (this.#call === undefined && this.#callerEnded) this.#shut();
    }
  }

  #finish(call: Call, outcome: TrafficRecord['outcome']): void {
    this.#call = undefined;
    this.#context.record(recordOf(call, outcome, this.#context.now()));
  }

  #becomeRaw(): void {
    if (this.#link.state === 'closed') {
      this.#closeCaller('reset');
      return;
    }
    this.#mode = 'raw';
    this.#timers.clear();
    const call = this.#call;
    const callee = this.#link.detach();
    for (const part of call?.inbound.take() ?? []) this.#toCaller(part);
    for (const part of this.#unread.take()) callee.write(part);
    joinRaw(this.#caller, callee, (first) => {
      if (this.#mode === 'disposed') return;
      if (call !== undefined && call === this.#call) this.#finish(call, first === 'caller' ? 'caller-closed' : 'callee-closed');
      this.#dispose();
    });
  }

  /** The callee is gone: let the caller see it the way it happened. */
  #closeCaller(how: Departure): void {
    this.#mode = 'closing';
    if (this.#callerGone) this.#dispose();
    else if (how === 'reset') this.#caller.resetAndDestroy();
    else if (this.#callerEnded) this.#shut();
    else {
      this.#caller.resume();
      this.#caller.end();
      this.#timers.after(lingerMs, () => this.#dispose());
    }
  }

  /** The caller has ended and nothing is left to do: close both sides once what was written has left. */
  #shut(): void {
    this.#mode = 'closing';
    this.#link.discard();
    if (this.#callerGone) this.#dispose();
    else this.#caller.destroySoon();
  }

  #dispose(): void {
    if (this.#mode === 'disposed') return;
    this.#mode = 'disposed';
    this.#timers.clear();
    this.#link.discard();
    this.#link.socket.destroy();
    this.#caller.destroy();
    this.#context.closed(this);
  }

  #regulate(): void {
    if (this.#mode === 'calls') regulate(this.#caller, this.#link.socket, this.#call, this.#unread.bytes);
  }
}
