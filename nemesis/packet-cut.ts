/** Carries out a partition below HTTP: packet filters inside the nodes that call, where the driver can set them. */
import type { EdgeCut, NodeNetwork } from '../harness/drivers/types.ts';
import type { FaultRecord } from '../harness/history/index.ts';
import { openAccount } from './account.ts';
import type { Partition } from './cuts.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';
import { waitFor } from './wait.ts';

export interface PacketCut {
  readonly fault: PlannedFault;
  readonly context: NemesisContext;
  readonly signal: AbortSignal;
  readonly network: NodeNetwork;
  readonly partition: Partition;
  readonly durationMs: number;
}

/** What was sent before the cut may still be on its way through the proxies: it has arrived once none has come for so long. */
const quietMs = 300;
const underWayMsMax = 2_000;

export async function cutPackets({ fault, context, signal, network, partition, durationMs }: PacketCut): Promise<FaultRecord> {
  const account = openAccount(fault, context);
  const edges = cutEdges(partition, context.target.nodes);
  const halfOf = new Map(edges.map(({ from, to, half }) => [`${from}->${to}`, half]));
  let through = 0;
  let lastArrivalAt = 0;
  let dropped = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  let healedAt = Number.POSITIVE_INFINITY;
  const stopListening = context.plane.onTraffic((record) => {
    if (halfOf.get(`${record.from}->${record.to}`) !== 'request') return;
    lastArrivalAt = Math.max(lastArrivalAt, record.receivedAt);
    if (record.receivedAt >= cutAt && record.receivedAt < healedAt) through += 1;
  });
  try {
    const cut = await network.cut(edges);
    try {
      for (const { from, to } of edges) account.hit(`${from}->${to}`);
      context.note(`${partition.description}, by packet filters`);
      const madeAt = context.now();
      const isQuiet = (): true | undefined => (context.now() - Math.max(madeAt, lastArrivalAt) >= quietMs * 1e6 ? true : undefined);
      await waitFor(context, isQuiet, underWayMsMax, signal);
      cutAt = context.now();
      await context.sleep(durationMs, signal).catch(() => undefined);
      healedAt = context.now();
      dropped = await cut.droppedPackets();
    } finally {
      await cut.heal();
    }
  } finally {
    stopListening();
  }
  account.prove(`packets across the cut were dropped: ${partition.description}`, dropped > 0, `${dropped} packets`);
  account.prove('no call got across', through === 0, `${through} calls`);
  return account.close({ partition: partition.description, droppedPackets: dropped });
}

function cutEdges({ cut }: Partition, nodes: readonly string[]): readonly EdgeCut[] {
  return nodes.flatMap((from) =>
    nodes.flatMap((to) => {
      const half = from === to ? undefined : cut({ from, to });
      return half === undefined ? [] : [{ from, to, half }];
    }),
  );
}
