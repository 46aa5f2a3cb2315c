/** Watches the write path of replicas at their edges: what came after the watch began, and how it ended. */
import type { TrafficRecord } from '../harness/history/index.ts';
import type { NemesisContext } from './nemesis.ts';

/** Calls that a replica may only acknowledge once they are on its disk. */
const durableKinds: ReadonlySet<string> = new Set(['replica-write', 'replica-prepare']);

export interface WriteWatch {
  /** Calls that reached one of the replicas and were answered, both while they were watched. */
  readonly ended: readonly TrafficRecord[];
  stop(): void;
}

export function watchWrites({ plane, now }: Pick<NemesisContext, 'plane' | 'now'>, replicas: readonly string[]): WriteWatch {
  const beganAt = now();
  const ended: TrafficRecord[] = [];
  const stop = plane.onTraffic((record) => {
    const { kind, to, forwardedAt, respondedAt } = record;
    if (!durableKinds.has(kind ?? '') || !replicas.includes(to) || respondedAt === undefined) return;
    if (forwardedAt !== undefined && forwardedAt > beganAt) ended.push(record);
  });
  return { ended, stop };
}
