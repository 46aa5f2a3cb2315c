/** Where a partition cuts: pure, from the nodes, the kind and the seed. */
import { draw } from './targets.ts';

/** Which half of a call is lost on an edge; `undefined`: the edge is whole. */
export type Cut = (edge: { readonly from: string; readonly to: string }) => 'request' | 'response' | undefined;

export interface Partition {
  readonly description: string;
  readonly cut: Cut;
}

export interface Cluster {
  readonly nodes: readonly string[];
  readonly replicas: readonly string[];
}

/** What crosses from one side to another is lost: both ways, or (one-way) only what the first side sends, be it a request or a response. */
export function between(first: ReadonlySet<string>, second: ReadonlySet<string>, oneWay: boolean): Cut {
  return ({ from, to }) => {
    if (first.has(from) && second.has(to)) return 'request';
    if (second.has(from) && first.has(to)) return oneWay ? 'response' : 'request';
    return undefined;
  };
}

/** Some nodes against all others. Clients still reach everybody. */
export function isolate(isolated: readonly string[], { nodes }: Cluster, oneWay: boolean): Partition {
  const inside = new Set(isolated);
  const outside = new Set(nodes.filter((node) => !inside.has(node)));
  return { description: `${isolated.join(', ')} cut off from the rest`, cut: between(inside, outside, oneWay) };
}

/** Two halves, one with a majority of the replicas; the other nodes are spread over both. */
export function halves(cluster: Cluster, oneWay: boolean, random: () => number): Partition {
  const [first, second] = split(cluster, random);
  return { description: `${first.join(', ')} cut off from ${second.join(', ')}`, cut: between(new Set(first), new Set(second), oneWay) };
}

/** Two halves that only one replica, the bridge, still reaches both of. */
export function bridge({ nodes, replicas }: Cluster, oneWay: boolean, random: () => number): Partition {
  const [middle] = draw(replicas, 1, random);
  const rest = { nodes: nodes.filter((node) => node !== middle), replicas: replicas.filter((node) => node !== middle) };
  const [first, second] = split(rest, random);
  return {
    description: `${first.join(', ')} cut off from ${second.join(', ')}, and ${middle ?? 'nobody'} from nobody`,
    cut: between(new Set(first), new Set(second), oneWay),
  };
}

/** Everybody still reaches a majority of the replicas, and no two neighbours the same one. */
export function ring({ nodes, replicas }: Cluster, oneWay: boolean, random: () => number): Partition {
  const order = draw(replicas, replicas.length, random);
  const lost = order.length - (Math.floor(order.length / 2) + 1);
  const isReplica = new Set(replicas);
  const callers = draw(
    nodes.filter((node) => !isReplica.has(node)),
    nodes.length,
    random,
  );
  const unreached = new Map(
    callers.map((caller, place) => [
      caller,
      new Set(Array.from({ length: lost }, (_, step) => order[(place + step) % order.length] ?? '')),
    ]),
  );
  return {
    description: 'everybody cut off from another minority of the replicas',
    cut: ({ from, to }) => {
      if (unreached.get(from)?.has(to) === true) return 'request';
      // In a ring of peers that call each other, too.
      if (unreached.get(to)?.has(from) === true) return oneWay ? 'response' : 'request';
      return undefined;
    },
  };
}

function split({ nodes, replicas }: Cluster, random: () => number): readonly [readonly string[], readonly string[]] {
  const isReplica = new Set(replicas);
  const ofReplicas = draw(replicas, replicas.length, random);
  const others = draw(
    nodes.filter((node) => !isReplica.has(node)),
    nodes.length,
    random,
  );
  const minority = Math.ceil(replicas.length / 2) - 1;
  const first = [...ofReplicas.slice(0, Math.max(1, minority)), ...others.slice(0, Math.floor(others.length / 2))];
  return [first, nodes.filter((node) => !first.includes(node))];
}
