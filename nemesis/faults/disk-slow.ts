/** A replica's disk takes its time: every sync lasts longer, as on a volume that shares its device with somebody's backup. */
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
  syncMs: { default: 250, description: 'how much longer each sync takes, milliseconds' },
  durationMs: { default: 5000, description: 'how long the disks stay slow, milliseconds' },
} as const;

export const diskSlow: Nemesis = {
  name: 'disk-slow',
  description: 'Makes every sync of the disks of replicas take longer for a while.',
  provenBy: 'the time that acknowledged writes took at the edges of the replica, and syncs that the disk itself delayed',
  options,
  needsNodeFaults: true,
  colour: '#92700c',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 1500,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { durationMs, syncMs, ...choice } = readOptions(fault, options);
  const account = openAccount(fault, context);
  const nodes = await chooseNodes(fault, choice, context, signal);
  requireDisks(fault, nodes, context);
  account.hit(...nodes);
  const switched = { fault, nodes, change: { disk: { syncDelayMs: syncMs } }, healing: { disk: { syncDelayMs: 0 } } };
  let latencies: readonly number[] = [];
  let delayedSyncs = 0;
  await whileBroken(switched, context, signal, async () => {
    const writes = watchWrites(context, nodes);
    try {
      context.note(`${nodes.join(', ')}: every sync takes ${syncMs} ms longer`);
      await context.sleep(durationMs, signal).catch(() => undefined);
      const states = await statesOf(fault, nodes, ({ faults }) => faults.disk.syncDelayMs === syncMs, account, context);
      for (const { disk } of states.values()) delayedSyncs += disk.delayedSyncs;
    } finally {
      writes.stop();
    }
    latencies = writes.ended
      .filter(({ status }) => status === 200)
      .map(({ forwardedAt = 0, respondedAt = 0 }) => (respondedAt - forwardedAt) / 1e6);
  });
  const fastestMs = Math.min(...latencies);
  account.prove('the disks delayed syncs', delayedSyncs > 0 && syncMs > 0, `${delayedSyncs} syncs`);
  account.prove(
    `no write was acknowledged in less than ${syncMs} ms`,
    latencies.length > 0 && fastestMs >= syncMs,
    latencies.length === 0 ? 'none was acknowledged at all' : `the fastest of ${latencies.length} took ${Math.round(fastestMs)} ms`,
  );
  return account.close({ nodes, durationMs, syncMs, writes: latencies.length });
}
