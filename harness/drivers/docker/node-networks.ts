/**
 * Cuts edges by dropping packets inside the nodes that call. What is wanted is remembered here and made so whenever a node runs: a paused
 * node can't be entered, and one that was restarted has a network as new.
 */
import type { EdgeCut, NetworkCut, NodeNetwork } from '../types.ts';
import { type Cuts, countScript, type FilterRule, filterScript } from './packet-filter.ts';

export interface NodeNetworksOptions {
  /** The proxy of the harness that this edge goes through. */
  readonly proxyOf: (edge: Pick<EdgeCut, 'from' | 'to'>) => { readonly host: string; readonly port: number } | undefined;
  /** Runs a script as root inside a node; resolves with `undefined` where no script can run now (paused, not running). */
  readonly run: (node: string, script: string) => Promise<string | undefined>;
}

export class NodeNetworks implements NodeNetwork {
  readonly #options: NodeNetworksOptions;
  readonly #wanted = new Map<string, Map<string, readonly FilterRule[]>>();
  #cuts = 0;

  constructor(options: NodeNetworksOptions) {
    this.#options = options;
  }

  async cut(edges: readonly EdgeCut[]): Promise<NetworkCut> {
    this.#cuts += 1;
    const id = String(this.#cuts);
    const nodes = [...new Set(edges.map(({ from }) => from))].filter((node) =>
      edges.some(({ from, to }) => from === node && this.#options.proxyOf({ from, to }) !== undefined),
    );
    const heal = async (): Promise<void> => {
      for (const node of nodes) this.#wanted.get(node)?.delete(id);
      await this.#apply(nodes);
    };
    for (const node of nodes) {
      const rules = edges.filter(({ from }) => from === node).flatMap((edge) => this.#rulesFor(edge));
      const cuts = this.#wanted.get(node) ?? new Map<string, readonly FilterRule[]>();
      this.#wanted.set(node, cuts.set(id, rules));
    }
    try {
      await this.#apply(nodes);
    } catch (error) {
      // Half a cut is healed like a whole one.
      await heal();
      throw error;
    }
    return {
      heal,
      droppedPackets: async () => {
        const counts = await Promise.all(nodes.map((node) => this.#options.run(node, countScript(id))));
        return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
      },
    };
  }

  /** After a node was resumed or started again. */
  async refresh(node: string): Promise<void> {
    if (this.#wanted.has(node)) await this.#apply([node]);
  }

  /** Rejects once every attempt is over. */
  async #apply(nodes: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(
      nodes.map((node) => this.#options.run(node, filterScript((this.#wanted.get(node) ?? new Map()) satisfies Cuts))),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** None where nobody calls. */
  #rulesFor({ from, to, half }: EdgeCut): readonly FilterRule[] {
    const proxy = this.#options.proxyOf({ from, to });
    return proxy === undefined ? [] : [{ ...proxy, half }];
  }
}
