/** Edges as a fault names them, or those to some of the nodes that are called, chosen as for other faults. */
import { type EdgeSelector, edgeOptions, selectEdges } from './edges.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';
import { chooseNodes } from './targets.ts';

export const chosenEdgeOptions = {
  ...edgeOptions,
  targets: {
    default: '',
    description:
      'only calls to these: one, minority, majority or all of `to` (the replicas when that is empty), leaders, a role, or a node',
  },
} as const;

export async function chooseEdges(
  fault: PlannedFault,
  { from, to, targets }: { readonly from: string; readonly to: string; readonly targets: string },
  context: NemesisContext,
  signal: AbortSignal,
): Promise<EdgeSelector> {
  const named = selectEdges(fault, context.target);
  if (targets === '') return named;
  const called = new Set(await chooseNodes(fault, { targets, role: to }, context, signal));
  return {
    description: `${from || 'anybody'}->${[...called].sort().join(', ')}`,
    matches: (call) => called.has(call.edge.to) && named.matches(call),
  };
}
