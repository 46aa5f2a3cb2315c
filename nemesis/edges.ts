/** Which edges a fault hits: `from` and `to` each name a node, a role, or (empty) anybody. */
import type { EdgeName, RequestView } from '../harness/proxy/types.ts';
import type { PlannedFault, TargetProbe } from './nemesis.ts';

export interface EdgeSelector {
  readonly description: string;
  matches(edge: EdgeName): boolean;
}

export const edgeOptions = {
  from: { default: '', description: 'node or role that calls; anybody when empty' },
  to: { default: '', description: 'node or role that is called; anybody when empty' },
} as const;

/** Throws when a name is neither a node nor a role of the target. */
export function selectEdges(fault: PlannedFault, target: TargetProbe): EdgeSelector {
  const from = namesOf(fault, 'from', target);
  const to = namesOf(fault, 'to', target);
  return {
    description: `${String(fault.options['from'] || 'anybody')}->${String(fault.options['to'] || 'anybody')}`,
    matches: (edge) => (from?.has(edge.from) ?? true) && (to?.has(edge.to) ?? true),
  };
}

function namesOf(fault: PlannedFault, option: 'from' | 'to', target: TargetProbe): ReadonlySet<string> | undefined {
  const wanted = String(fault.options[option] ?? '');
  if (wanted === '') return undefined;
  const ofRole = target.nodesOfRole(wanted);
  if (ofRole.length > 0) return new Set(ofRole);
  if (!target.nodes.includes(wanted)) {
    throw new Error(`${fault.nemesis}: ${option}=${wanted} is neither a node nor a role; there are ${target.nodes.join(', ')}`);
  }
  return new Set([wanted]);
}

export function edgeOf(request: Pick<RequestView, 'edge'>): string {
  return `${request.edge.from}->${request.edge.to}`;
}
