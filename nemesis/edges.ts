/** Which calls a fault hits: `from` and `to` each name a node, a role, or (empty) anybody; `kind` is what the call means to the pipeline. */
import type { RequestView } from '../harness/proxy/types.ts';
import type { PlannedFault, TargetProbe } from './nemesis.ts';

export type CallView = Pick<RequestView, 'edge' | 'kind'>;

export interface EdgeSelector {
  readonly description: string;
  matches(call: CallView): boolean;
}

export const edgeOptions = {
  from: { default: '', description: 'node or role that calls; anybody when empty' },
  to: { default: '', description: 'node or role that is called; anybody when empty' },
  kind: { default: '', description: 'what the calls mean to the pipeline (effect, replica-write, …); anything when empty' },
} as const;

/** Those of `edgeOptions`, for calls that have an effect in another service. */
export const effectOptions = { ...edgeOptions, kind: { ...edgeOptions.kind, default: 'effect' } } as const;

/** Throws when a name is neither a node nor a role of the target. */
export function selectEdges(
  fault: PlannedFault,
  target: Pick<TargetProbe, 'nodes' | 'nodesOfRole'>,
  definitions: typeof edgeOptions | typeof effectOptions = edgeOptions,
): EdgeSelector {
  const wanted = (option: keyof typeof edgeOptions): string => String(fault.options[option] ?? definitions[option].default);
  const from = namesOf(fault, 'from', wanted('from'), target);
  const to = namesOf(fault, 'to', wanted('to'), target);
  const kind = wanted('kind');
  return {
    description: `${wanted('from') || 'anybody'}->${wanted('to') || 'anybody'}${kind === '' ? '' : ` (${kind})`}`,
    matches: ({ edge, kind: is }) => (from?.has(edge.from) ?? true) && (to?.has(edge.to) ?? true) && (kind === '' || kind === is),
  };
}

function namesOf(
  fault: PlannedFault,
  option: string,
  wanted: string,
  target: Pick<TargetProbe, 'nodes' | 'nodesOfRole'>,
): ReadonlySet<string> | undefined {
  return wanted === '' ? undefined : new Set(nodesNamed(`${fault.nemesis}: ${option}`, wanted, target));
}

/** The nodes of a role, or one by its name. Throws when there is neither; `origin` says who asked. */
export function nodesNamed(origin: string, name: string, target: Pick<TargetProbe, 'nodes' | 'nodesOfRole'>): readonly string[] {
  const ofRole = target.nodesOfRole(name);
  if (ofRole.length > 0) return ofRole;
  if (target.nodes.includes(name)) return [name];
  throw new Error(`${origin}=${name} is neither a node nor a role; there are ${target.nodes.join(', ')}`);
}

export function edgeOf(request: Pick<RequestView, 'edge'>): string {
  return `${request.edge.from}->${request.edge.to}`;
}
