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
import { barrier, type Passage, responseBytes, silenceEnds, withholdsRequest, withholdsResponse } from './actions/index.ts';
import { type Call, isAnswered, recordOf, startCall, type UnnumberedRecord } from './call.ts';
import { CalleeLink, type Departure, type Target } from './callee-link.ts';
import { CallerLink } from './caller-link.ts';
import { endingOf } from './ending.ts';
import { regulate } from './flow.ts';
import { forwardRequest } from './forward.ts';
import type { RequestHead } from './framing/head.ts';
import { Intake } from './intake.ts';
import { joinRaw } from './raw.ts';
import { RequestCopy } from './second-delivery.ts';
import { Timers } from './timers.ts';
import type { FaultAction, RequestView } from './types.ts';

export interface ConnectionContext {
  readonly target: Target;
  /** Nanoseconds since the run began. */
  now(): number;
  view(head: RequestHead, receivedAt: number): RequestView;
  decide(request: RequestView): FaultAction | undefined;
  record(record: UnnumberedRecord): void;
  /** Delivers the request of this call a second time; that delivery lives on when the connection is closed. */
  deliverAgain(call: Call, copy: RequestCopy): void;
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

export class Connection {
  readonly #caller: CallerLink;
  readonly #context: ConnectionContext;
  readonly #timers = new Timers();
  #link: CalleeLink;
  #call: Call | undefined;
  readonly #unread: Intake;
  #mode: 'calls' | 'raw' | 'closing' | 'disposed' = 'calls';

  constructor(caller: Socket, context: ConnectionContext) {
    this.#context = context;
    this.#unread = new Intake(() => context.now());
    this.#link = this.#connect();
    this.#caller = new CallerLink(caller, {
      data: (bytes) => this.#onCallerData(bytes),
      drained: () => this.#regulate(),
      ended: () => this.#onCallerEnd(),
      closed: () => this.#onCallerClose(),
    });
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
      this.#unread.push(bytes);
      if (call === undefined) this.#nextCall();
    }
    this.#regulate();
  }

  #nextCall(): void {
    const next = this.#unread.next();
    if (next.state === 'malformed') this.#becomeRaw();
    if (next.state !== 'complete') return;
    const { head, bytes, end, receivedAt } = next;
    const request = this.#context.view(head, receivedAt);
    const call = startCall(request, head.body, this.#context.decide(request));
    this.#call = call;
    const keep = barrier('request', call.action, (milliseconds) => this.#timers.wait(milliseconds), call.requestArrival.bytes);
    if (keep !== undefined) {
      call.requestReleased = false;
      void keep.then((passage) => this.#releaseRequest(call, passage));
    }
    if (call.action?.duplicate !== undefined) call.copy = new RequestCopy(bytes.subarray(0, end));
    if (call.action?.silence?.of === 'response') void silenceEnds(call.action).then(() => this.#endSilence(call));
    this.#readRequest(call, bytes, end);
    if (this.#caller.ended && this.#call === call) this.#leaveCall(call);
  }

  /** `bytes` begin with this call's; its head, if it is among them, ends at `from`. */
  #readRequest(call: Call, bytes: Buffer, from: number): void {
    const end = call.requestBody.read(bytes, from, (part) => {
      call.requestDigest.add(part);
      call.copy?.add(part);
    });
    call.requestBytes += end;
    call.requestArrival.came(call.requestBytes, call.requestBody.state === 'complete');
    if (!withholdsRequest(call.action)) call.outbound.push(end === bytes.length ? bytes : bytes.subarray(0, end));
    if (end < bytes.length) this.#unread.push(bytes.subarray(end));
    this.#forwardRequest(call);
    this.#answerInstead(call);
  }

  #onCallerEnd(): void {
    if (this.#mode === 'disposed' || this.#mode === 'raw') return;
    if (this.#mode === 'closing' || this.#call === undefined) this.#shut();
    else this.#leaveCall(this.#call);
  }

  /** No more bytes will come from the caller, though an answer may still reach it. */
  #leaveCall(call: Call): void {
    call.callerLeft = !isAnswered(call);
    if (call.action !== undefined && (call.requestBody.state !== 'complete' || withholdsRequest(call.action))) {
      // An answer that waited for the rest of the request was never given.
      call.injected = undefined;
      this.#finish(call, call.callerLeft ? 'caller-closed' : 'completed');
      this.#shut();
    } else {
      this.#forwardRequest(call);
      this.#settle(call);
    }
  }

  #onCallerClose(): void {
    if (this.#mode === 'raw' || this.#mode === 'disposed') return;
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

  #releaseRequest(call: Call, passage: Passage): void {
    if (this.#call !== call || this.#mode !== 'calls') return;
    if (passage === 'reset') {
      this.#cutOff(call);
      return;
    }
    if (passage !== 'pass') {
      call.injected = passage;
      this.#answerInstead(call);
      return;
    }
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
    forwardRequest(call, socket, this.#context.now, (writtenAt) => this.#onForwarded(call, writtenAt));
    const nothingFollows = this.#caller.ended && this.#unread.bytes === 0;
    if (nothingFollows && call.action === undefined && !socket.writableEnded) socket.end();
  }

  #onForwarded(call: Call, writtenAt: number): void {
    call.forwardedAt = writtenAt;
    if (call.action?.duplicate?.when === 'meanwhile') this.#deliverAgain(call);
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
      this.#caller.write(bytes);
    } else if (call.begun) this.#readResponse(call, bytes, at);
    // The callee gives up on a connection that was silent while the request was held. Its complaint isn't an answer to that request.
    else this.#link.discard();
  }

  #readResponse(call: Call, bytes: Buffer, at: number): void {
    if (call.responseBytes === 0) this.#keepResponse(call);
    const end = call.response.read(bytes);
    const { state } = call.response;
    call.responseBytes += end;
    call.responseArrival.came(call.responseBytes, state === 'complete');
    this.#returnResponse(call, end === bytes.length ? bytes : bytes.subarray(0, end));
    if (state === 'complete') call.respondedAt ??= at;
    // What was withheld can't be joined to what follows.
    if (withholdsResponse(call.action)) this.#settle(call);
    else if (state === 'malformed') this.#becomeRaw();
    else if (end < bytes.length || call.response.switchesProtocol) {
      // Bytes after the response are no answer to a request that was made.
      const rest = bytes.subarray(end);
      this.#finish(call, call.callerLeft ? 'caller-closed' : 'completed');
      for (const part of call.inbound.take()) this.#caller.write(part);
      this.#becomeRaw();
      this.#caller.write(rest);
    } else {
      this.#settle(call);
      this.#regulate();
    }
  }

  #keepResponse(call: Call): void {
    const keep = barrier('response', call.action, (milliseconds) => this.#timers.wait(milliseconds), call.responseArrival.bytes);
    if (keep === undefined) return;
    call.responseReleased = false;
    void keep.then(() => this.#releaseResponse(call));
  }

  #returnResponse(call: Call, bytes: Buffer): void {
    if (withholdsResponse(call.action)) return;
    if (call.responseReleased) this.#caller.write(bytes);
    else call.inbound.push(bytes);
  }

  #releaseResponse(call: Call): void {
    if (this.#call !== call || this.#mode !== 'calls') return;
    call.responseReleased = true;
    for (const part of call.inbound.take()) this.#caller.write(part);
    this.#settle(call);
    this.#regulate();
  }

  #onCalleeLeft(how: Departure): void {
    const call = this.#call;
    if (call === undefined) {
      this.#closeCaller('end');
      return;
    }
    if (how === 'end') call.response.close();
    if (call.response.state === 'complete') call.respondedAt ??= this.#context.now();
    call.responseArrival.came(call.responseBytes, true);
    this.#settle(call, how);
  }

  // --- Ends ----------------------------------------------------------------------------------------------------------------------

  /** Ends the call if there is nothing left to happen to it. */
  #settle(call: Call, how: Departure = 'end'): void {
    if (call !== this.#call || this.#mode !== 'calls') return;
    const ending = endingOf(call, this.#link.state === 'closed' ? how : undefined);
    if (ending === undefined) return;
    this.#finish(call, ending.outcome);
    if (ending.leave === undefined) this.#goOn();
    else this.#closeCaller(ending.leave);
  }

  /** Answers in the callee's place, once the request has come in full and it is known what to answer. */
  #answerInstead(call: Call): void {
    if (call.injected === undefined || call.requestBody.state !== 'complete') return;
    this.#caller.write(responseBytes(call.injected, call.request.method));
    this.#finish(call, 'completed');
    // The callee may have closed an idle connection meanwhile; that is nothing to the next call.
    if (this.#link.state === 'closed') this.#link = this.#connect();
    this.#goOn();
  }

  /** A caller that gave up before has heard its fill; what the callee answers is still awaited. */
  #endSilence(call: Call): void {
    if (!call.callerLeft) this.#cutOff(call);
  }

  /** A fault ends the call: to its caller the connection is broken. */
  #cutOff(call: Call): void {
    if (this.#call !== call || this.#mode !== 'calls') return;
    this.#finish(call, call.callerLeft ? 'caller-closed' : 'dropped');
    this.#closeCaller('reset');
  }

  /** After a call: on to the next, or to the end. */
  #goOn(): void {
    if (this.#unread.bytes > 0) this.#nextCall();
    if (this.#call === undefined && this.#caller.ended) this.#shut();
  }

  #finish(call: Call, outcome: TrafficRecord['outcome']): void {
    this.#call = undefined;
    this.#context.record(recordOf(call, outcome, this.#context.now()));
    if (call.forwardedAt !== undefined) this.#deliverAgain(call);
  }

  /** Once, however often it is asked for. */
  #deliverAgain(call: Call): void {
    const { copy } = call;
    call.copy = undefined;
    if (copy !== undefined) this.#context.deliverAgain(call, copy);
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
    for (const part of call?.inbound.take() ?? []) this.#caller.write(part);
    for (const part of this.#unread.takeAll()) callee.write(part);
    joinRaw(this.#caller.socket, callee, (first) => {
      if (this.#mode === 'disposed') return;
      if (call !== undefined && call === this.#call) this.#finish(call, first === 'caller' ? 'caller-closed' : 'callee-closed');
      this.#dispose();
    });
  }

  /** The callee is gone: let the caller see it the way it happened. */
  #closeCaller(how: Departure): void {
    this.#mode = 'closing';
    if (this.#caller.gone) this.#dispose();
    else if (how === 'reset') this.#caller.reset();
    else if (this.#caller.ended) this.#shut();
    else this.#caller.end();
  }

  /** The caller has ended and nothing is left to do: close both sides once what was written has left. */
  #shut(): void {
    this.#mode = 'closing';
    this.#link.discard();
    if (this.#caller.gone) this.#dispose();
    else this.#caller.end();
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
    if (this.#mode === 'calls') regulate(this.#caller.socket, this.#link.socket, this.#call, this.#unread.bytes);
  }
}
