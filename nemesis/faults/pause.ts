/** Stops processes without ending them: a garbage collection, a busy hypervisor, a laptop that sleeps. Their sockets still accept. */
import type { FaultRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { chooseNodes, targetOptions } from '../targets.ts';

const options = { ...targetOptions, durationMs: { default: 3000, description: 'how long the nodes stay paused, milliseconds' } } as const;

export const pause: Nemesis = {
  name: 'pause',
  description: 'Pauses nodes of any role for a while, then resumes them.',
  provenBy: 'the process state after pausing, before resuming and after it',
  options,
  colour: '#7c3aed',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 1000,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { driver } = context;
  const { durationMs, ...choice } = readOptions(fault, options);
  const account = openAccount(fault, context);
  const nodes = await chooseNodes(fault, choice, context, signal);
  const stateOf = async (node: string): Promise<string> => (await driver.status(node)).state;
  try {
    for (const node of nodes) {
      await driver.pause(node);
      account.hit(node);
      const state = await stateOf(node);
      account.prove(`${node} was stopped`, state === 'paused', `state: ${state}`);
    }
    context.note(`${nodes.join(', ')} paused`);
    await context.sleep(durationMs, signal).catch(() => undefined);
    for (const node of nodes) {
      const state = await stateOf(node);
      account.prove(`${node} stayed so until it was resumed`, state === 'paused', `state: ${state}`);
    }
  } finally {
    await Promise.all(nodes.map((node) => driver.resume(node)));
  }
  for (const node of nodes) {
    const state = await stateOf(node);
    account.prove(`${node} went on`, state === 'running', `state: ${state}`);
  }
  return account.close({ nodes, durationMs });
}
