/** A replica's disk takes no more: appends fail with ENOSPC, after some of their bytes. */
import type { FaultRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { requireDisks, statesOf, whileBroken } from '../node-faults.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { chooseNodes, targetOptions } from '../targets.ts';
import { watchWrites } from '../writes.ts';

const options = {
  ...targetOptions,
  targets: { ...targetOptions.targets, default: 'one' },
  durationMs: { default: 4000, description: 'how long the disks stay full, milliseconds' },
} as const;

export const diskFull: Nemesis = {
  name: 'disk-full',
  description: 'Fills the disks of replicas for a while, so that they can store nothing.',
  provenBy: "the disk's own count of failed appends, writes that the replica refused at its edges, and none that it acknowledged",
  options,
  needsNodeFaults: true,
  colour: '#b45309',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 1500,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { durationMs, ...choice } = readOptions(fault, options);
  const account = openAccount(fault, context);
  const nodes = await chooseNodes(fault, choice, context, signal);
  requireDisks(fault, nodes, context);
  account.hit(...nodes);
  const switched = { fault, nodes, change: { disk: { full: true } }, healing: { disk: { full: false } } };
  let refused = 0;
  let acknowledged = 0;
  const refusedAppends = new Map<string, number>();
  await whileBroken(switched, context, signal, async () => {
    const writes = watchWrites(context, nodes);
    try {
      context.note(`${nodes.join(', ')}: disk full`);
      await context.sleep(durationMs, signal).catch(() => undefined);
      const states = await statesOf(fault, nodes, ({ faults }) => faults.disk.full, account, context);
      for (const [node, { disk }] of states) refusedAppends.set(node, disk.refusedAppends);
    } finally {
      writes.stop();
    }
    refused = writes.ended.filter(({ status }) => (status ?? 0) >= 500).length;
    acknowledged = writes.ended.filter(({ status }) => status === 200).length;
  });
  for (const node of nodes) {
    const count = refusedAppends.get(node) ?? 0;
    account.prove(`appends to the disk of ${node} failed`, count > 0, `${count} appends`);
  }
  account.prove('writes were refused while the disk was full', refused > 0, `${refused} calls`);
  account.prove('none was acknowledged that came meanwhile', acknowledged === 0, `${acknowledged} calls`);
  return account.close({ nodes, durationMs, refusedWrites: refused });
}
