/** Which nodes a fault hits, by the option `targets`. */
import { nodesNamed } from './edges.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';
import { waitFor } from './wait.ts';

/** What `targets` takes beside the names of roles and nodes. */
export const nodeChoices = ['any', 'one', 'minority', 'majority', 'all', 'leaders'] as const;

export const targetOptions = {
  targets: {
    default: 'any',
    description: 'any (one node of any role), one, minority, majority or all of `role`, leaders, a role, or a node',
  },
  role: { default: '', description: 'role that one, minority, majority and all count in; the replicas when empty' },
} as const;

/** Nobody leads for as long as an election takes; longer than this is no election. */
const leaderWaitInLeases = 3;

/**
 * Throws when `targets` names neither a share, a role nor a node, and when nobody leads. Whom a share hits depends on the seed alone; who
 * leads, of course, on the run.
 */
export async function chooseNodes(
  fault: PlannedFault,
  { targets, role }: { readonly targets: string; readonly role: string },
  context: Pick<NemesisContext, 'target' | 'random' | 'now' | 'sleep'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { target } = context;
  const pool = role === '' ? target.replicas : nodesNamed(`${fault.nemesis}: role`, role, target);
  const majority = Math.floor(pool.length / 2) + 1;
  switch (targets) {
    case 'any':
      return draw(target.nodes, 1, context.random);
    case 'one':
      return draw(pool, 1, context.random);
    case 'minority':
      return draw(pool, Math.max(1, pool.length - majority), context.random);
    case 'majority':
      return draw(pool, majority, context.random);
    case 'all':
      return pool;
    case 'leaders': {
      const leader = await waitFor(context, () => target.leader(signal), target.leaseMs * leaderWaitInLeases, signal);
      if (leader === undefined) throw new Error(`${fault.nemesis}: targets=leaders, but nobody led`);
      return [leader.node];
    }
    default:
      return nodesNamed(`${fault.nemesis}: targets`, targets, target);
  }
}

/** So many of them, each as likely as any other, in an order of chance. */
export function draw<Item>(items: readonly Item[], count: number, random: () => number): readonly Item[] {
  const left = [...items];
  const drawn: Item[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}
