/** Holds requests at the edge proxies and keeps account of what became of them. */
import type { TrafficRecord } from '../harness/history/index.ts';
import type { FaultPlane, RequestView } from '../harness/proxy/types.ts';

export interface HeldRequest {
  readonly edge: string;
  readonly to: string;
  readonly key: string | undefined;
  readonly receivedAt: number;
}

export interface Hold {
  readonly held: readonly HeldRequest[];
  /** Calls that were held and have ended, in the order they ended. */
  readonly ended: readonly TrafficRecord[];
  /** No further request is held; those that are stay so. */
  stopHolding(): void;
  /** Lets everything go that `which` matches (all by default), once. */
  release(which?: (request: HeldRequest) => boolean): void;
  /** Releases and forgets. Harmless to call again. */
  dispose(): void;
}

export function holdRequests(plane: FaultPlane, id: string, label: string, matches: (request: RequestView) => boolean): Hold {
  const waiting: { readonly request: HeldRequest; readonly open: () => void }[] = [];
  const held: HeldRequest[] = [];
  const ended: TrafficRecord[] = [];
  const stopHolding = plane.addRule({
    id,
    decide(request) {
      if (!matches(request)) return undefined;
      const one: HeldRequest = {
        edge: `${request.edge.from}->${request.edge.to}`,
        to: request.edge.to,
        key: request.key,
        receivedAt: request.receivedAt,
      };
      held.push(one);
      return { label, holdUntil: new Promise<void>((open) => waiting.push({ request: one, open })) };
    },
  });
  const stopListening = plane.onTraffic((record) => {
    if (record.faults.includes(label)) ended.push(record);
  });
  const release = (which: (request: HeldRequest) => boolean = () => true): void => {
    for (const { request, open } of waiting) if (which(request)) open();
  };
  return {
    held,
    ended,
    stopHolding,
    release,
    dispose() {
      stopHolding();
      release();
      stopListening();
    },
  };
}
