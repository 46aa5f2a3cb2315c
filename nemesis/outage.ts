/** Takes nodes down and starts them again with the disk they had; whatever happens in between, they are started. */
import type { FaultRecord } from '../harness/history/index.ts';
import { type FaultAccount, openAccount } from './account.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';
import { readOptions } from './options.ts';
import { chooseNodes, targetOptions } from './targets.ts';

export const outageOptions = {
  ...targetOptions,
  downMs: { default: 1500, description: 'how long the nodes stay down, milliseconds' },
} as const;

interface Life {
  readonly node: string;
  readonly pid: number | undefined;
  /** Why it could not be taken down, if so. */
  readonly spared?: string;
}

interface Verb {
  readonly verb: 'kill' | 'stop';
  readonly word: string;
}

export async function takeDown(how: Verb, fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const options = readOptions(fault, outageOptions);
  const account = openAccount(fault, context);
  const nodes = await chooseNodes(fault, options, context, signal);
  await takeNodesDown(how, nodes, options.downMs, { account, context, signal });
  return account.close({ nodes, downMs: options.downMs });
}

export interface OutageScene {
  readonly account: FaultAccount;
  readonly context: NemesisContext;
  readonly signal: AbortSignal;
}

/** Takes these down for so long, starts them again, and proves both. */
export async function takeNodesDown(
  how: Verb,
  nodes: readonly string[],
  downMs: number,
  { account, context, signal }: OutageScene,
): Promise<void> {
  const { driver } = context;
  const ended: Life[] = [];
  try {
    await Promise.all(
      nodes.map(async (node) => {
        const before = await driver.status(node);
        const wasUp = before.state === 'running' || before.state === 'paused';
        // Written down before the verb: if it fails halfway, the node is started again all the same.
        const life: Life = { node, pid: before.pid, ...(wasUp ? {} : { spared: `it was ${before.state} before` }) };
        ended.push(life);
        await driver[how.verb](node);
      }),
    );
    for (const { node, spared } of ended) {
      const { state, exit } = await driver.status(node);
      account.hit(node);
      account.prove(
        `${node} was ${how.word}`,
        state === 'exited' && spared === undefined,
        spared ?? `state: ${state}${exit === undefined ? '' : `, exit: ${exit}`}`,
      );
    }
    context.note(`${nodes.join(', ')} ${how.word}`);
    await context.sleep(downMs, signal).catch(() => undefined);
  } finally {
    await startAgain(
      ended.map(({ node }) => node),
      context,
    );
  }
  for (const { node, pid } of ended) {
    const after = await driver.status(node);
    account.prove(
      `${node} was started again as another process`,
      after.state === 'running' && after.pid !== pid,
      `state: ${after.state}, pid ${pid ?? 'none'} before and ${after.pid ?? 'none'} now`,
    );
  }
}

/** All of them, even if one can't be; then throws what kept it. */
async function startAgain(nodes: readonly string[], { driver }: NemesisContext): Promise<void> {
  const results = await Promise.allSettled(nodes.map((node) => driver.restart(node)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
