/**
 * A request that is delivered once more, over a connection of its own. Nobody waits for its answer, which is read and recorded; whatever
 * became of the caller and of the first delivery, this one goes on.
 */
import type { TrafficRecord } from '../history/index.ts';
import { copiedBody, copyRequest } from './actions/index.ts';
import { type Call, recordOf, startCall, type UnnumberedRecord } from './call.ts';
import { CalleeLink, type Departure, type Target } from './callee-link.ts';
import { Timers } from './timers.ts';

export interface DeliveryContext {
  readonly target: Target;
  now(): number;
  record(record: UnnumberedRecord): void;
  /** The delivery has ended. */
  closed(delivery: SecondDelivery): void;
}

/** A request larger than this is not delivered twice: it would have to be kept. */
const copyLimitBytes = 1024 * 1024;
/** A callee that doesn't answer is waited for no longer. */
const answerTimeoutMs = 30_000;

/** Collects the request while it passes. */
export class RequestCopy {
  readonly #head: Buffer;
  readonly #body: Buffer[] = [];
  #bytes = 0;

  constructor(head: Buffer) {
    this.#head = head;
  }

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= copyLimitBytes) this.#body.push(part);
  }

  /** To be called once the request has come in full. */
  deliver(original: Call, context: DeliveryContext): SecondDelivery | undefined {
    const { action, request } = original;
    if (action?.duplicate === undefined || this.#bytes > copyLimitBytes) return undefined;
    const body = copiedBody(Buffer.concat(this.#body), action.duplicate, original.response.status);
    if (body === undefined) return undefined;
    const bytes = copyRequest(this.#head, body);
    const call = startCall({ ...request, receivedAt: context.now() }, { kind: 'none' }, action);
    call.requestDigest.add(body);
    call.requestBytes = bytes.length;
    return new SecondDelivery(call, bytes, context);
  }
}

export class SecondDelivery {
  readonly #call: Call;
  readonly #bytes: Buffer;
  readonly #context: DeliveryContext;
  readonly #link: CalleeLink;
  readonly #timers = new Timers();
  #ended = false;

  constructor(call: Call, bytes: Buffer, context: DeliveryContext) {
    this.#call = call;
    this.#bytes = bytes;
    this.#context = context;
    this.#link = new CalleeLink(context.target, {
      opened: () => this.#send(),
      refused: () => this.#end('callee-refused'),
      data: (answer) => this.#read(answer),
      drained: () => undefined,
      left: (how) => this.#onCalleeLeft(how),
    });
    this.#timers.after(answerTimeoutMs, () => this.#end('dropped'));
  }

  /** Ends it at once, and records it as it stands. */
  abort(): void {
    this.#end('dropped');
  }

  #send(): void {
    const writtenAt = this.#context.now();
    this.#link.socket.write(this.#bytes, (error) => {
      if (error !== null && error !== undefined) return;
      this.#call.forwardedAt = writtenAt;
      this.#settle();
    });
  }

  #read(bytes: Buffer): void {
    const at = this.#context.now();
    const call = this.#call;
    call.responseBytes += call.response.read(bytes);
    if (call.response.state === 'complete') call.respondedAt ??= at;
    if (call.response.state === 'malformed') this.#end('callee-closed');
    else this.#settle();
  }

  #onCalleeLeft(how: Departure): void {
    const call = this.#call;
    if (how === 'end') call.response.close();
    if (call.response.state === 'complete') call.respondedAt ??= this.#context.now();
    this.#end(call.response.state === 'complete' ? 'completed' : 'callee-closed');
  }

  #settle(): void {
    if (this.#call.response.state === 'complete' && this.#call.forwardedAt !== undefined) this.#end('completed');
  }

  #end(outcome: TrafficRecord['outcome']): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timers.clear();
    this.#link.discard();
    const record = recordOf(this.#call, outcome, this.#context.now());
    this.#context.record({ ...record, faults: [...record.faults, 'copy'] });
    this.#context.closed(this);
  }
}
