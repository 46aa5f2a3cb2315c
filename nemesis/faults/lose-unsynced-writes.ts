/**
 * A power failure, as replicas see it: killed, and what they had not synced is gone. Their syncs are held for a moment first, so that there is
 * something to lose: a replica that waits for its syncs acknowledges nothing meanwhile, one that doesn't loses what it acknowledged.
 * (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014; Alagappan et al., "Correlated Crash Vulnerabilities", OSDI 2016.)
 */
import type { FaultRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { requireDisks, requireSwitch, statesOf, whileBroken } from '../node-faults.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { takeNodesDown } from '../outage.ts';
import { chooseNodes, targetOptions } from '../targets.ts';
import { waitFor } from '../wait.ts';

/** Under a light load the next write may take a moment. */
const somethingToLoseMs = 2000;

const options = {
  ...targetOptions,
  targets: { ...targetOptions.targets, default: 'one' },
  holdMs: { default: 800, description: 'how long syncs are held before the kill, milliseconds' },
  downMs: { default: 1500, description: 'how long the replicas stay down, milliseconds' },
} as const;

export const loseUnsyncedWrites: Nemesis = {
  name: 'lose-unsynced-writes',
  description: 'Kills replicas so that everything they had not synced to their disks is lost, and starts them again.',
  provenBy: 'the bytes that were dropped, the exit of each process, and another process in its place',
  options,
  needsNodeFaults: true,
  colour: '#e11d48',
  typicalDurationMs: (_target, given) =>
    millisecondsOf(given, 'holdMs', options.holdMs) + millisecondsOf(given, 'downMs', options.downMs) + 1500,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { holdMs, downMs, ...choice } = readOptions(fault, options);
  const account = openAccount(fault, context);
  const nodes = await chooseNodes(fault, choice, context, signal);
  requireDisks(fault, nodes, context);
  account.hit(...nodes);
  const dropped = new Map<string, number>();
  // Nothing takes this one back but the kill: a node that is started again knows nothing of it.
  const switched = { fault, nodes, change: { disk: { holdSyncs: true } }, healing: { disk: { holdSyncs: false } } };
  await whileBroken(switched, context, signal, async () => {
    await context.sleep(holdMs, signal).catch(() => undefined);
    await waitFor(context, () => allHaveSomethingToLose(fault, nodes, context, signal), somethingToLoseMs, signal);
    // Syncs are held until the end, so that from here on it can only become more.
    const states = await statesOf(fault, nodes, ({ faults }) => faults.disk.holdSyncs, account, context);
    for (const [node, { disk }] of states) dropped.set(node, disk.unsyncedBytes);
    await takeNodesDown({ verb: 'kill', word: 'killed' }, nodes, downMs, { account, context, signal });
  });
  for (const node of nodes) {
    const bytes = dropped.get(node) ?? 0;
    account.prove(`bytes that ${node} had not synced were dropped`, bytes > 0, `${bytes} bytes`);
  }
  return account.close({ nodes, downMs, droppedBytes: Object.fromEntries(dropped) });
}

async function allHaveSomethingToLose(
  fault: PlannedFault,
  nodes: readonly string[],
  context: NemesisContext,
  signal: AbortSignal,
): Promise<true | undefined> {
  const faults = requireSwitch(fault, context);
  const states = await Promise.all(nodes.map((node) => faults.state(node, signal)));
  return states.every(({ disk }) => disk.unsyncedBytes > 0) ? true : undefined;
}
