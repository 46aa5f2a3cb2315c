/** Carries out a partition below HTTP: packet filters inside the nodes that call, where the driver can set them. */
import type { EdgeCut, NodeNetwork } from '../harness/drivers/types.ts';
import type { FaultRecord } from '../harness/history/index.ts';
import { openAccount } from './account.ts';
import type { Partition } from './cuts.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';

export interface PacketCut {
  readonly fault: PlannedFault;
  readonly context: NemesisContext;
  readonly signal: AbortSignal;
  readonly network: NodeNetwork;
  readonly partition: Partition;
  readonly durationMs: number;
}

/** What was sent before the cut may still be on its way through the proxies. */
const underWayMs = 100;

export async function cutPackets({ fault, context, signal, network, partition, durationMs }: PacketCut): Promise<FaultRecord> {
  const account = openAccount(fault, context);
  const edges = cutEdges(partition, context.target.nodes);
  const halfOf = new Map(edges.map(({ from, to, half }) => [`${from}->${to}`, half]));
  let through = 0;
  let dropped = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  let healedAt = Number.POSITIVE_INFINITY;
  const stopListening = context.plane.onTraffic((record) => {
    const edge = `${record.from}->${record.to}`;
    if (halfOf.get(edge) === 'request' && record.receivedAt >= cutAt && record.receivedAt < healedAt) through += 1;
  });
  try {
    const cut = await network.cut(edges);
    try {
      for (const { from, to } of edges) account.hit(`${from}->${to}`);
      context.note(`${partition.description}, by packet filters`);
      await context.sleep(underWayMs, signal).catch(() => undefined);
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
