/** Puts a target's nodes where the driver runs them, with an edge proxy on every connection between them. */
import path from 'node:path';
import { withDeadline } from '../deadline.ts';
import type { Driver, NodePlace, NodeSpec, RunDriver } from '../drivers/index.ts';
import { InfrastructureError } from '../infrastructure-error.ts';
import type { ProxyPlane } from '../proxy/index.ts';
import type { DeploymentOptions, Target, TargetNode } from '../targets/index.ts';
import { lastLogLines } from './log-tail.ts';

export interface Deployment {
  readonly nodes: readonly TargetNode[];
  /** Names of the nodes that keep the data. */
  readonly replicas: readonly string[];
  /** Direct addresses, for probes only. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The nodes clients talk to, as clients reach them: through edge proxies. */
  readonly clientUrls: readonly { readonly node: string; readonly url: string }[];
  /**
   * Resolves once every node runs and is ready; rejects with an `InfrastructureError` that names those that aren't. A node that a fault took
   * down is waited for; one that ended by itself is not.
   */
  healthy(signal: AbortSignal, timeoutMs: number): Promise<void>;
}

export interface DeployOptions {
  readonly target: Target;
  readonly driver: RunDriver;
  readonly plane: ProxyPlane;
  readonly runDirectory: string;
  readonly deployment: DeploymentOptions;
  /** How a node ended, if it did so by itself. */
  readonly endedByItself: (node: string) => string | undefined;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The caller's name on the edges from the harness's own clients. */
const clientCaller = 'client';
const readyPollMs = 50;

export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { target, driver, plane, deployment } = options;
  const nodes = target.nodes(deployment);
  const places = await driver.prepare({ nodes, files: target.files });
  const placeOf = (node: TargetNode): NodePlace => {
    const place = places.get(node.name);
    if (place === undefined) throw new Error(`the ${driver.name} driver has no place for ${node.name}`);
    return place;
  };
  const ofRole = (role: string): readonly TargetNode[] => nodes.filter((node) => node.role === role);

  const specs: NodeSpec[] = [];
  for (const node of nodes) {
    const peers = new Map<string, ReadonlyMap<string, string>>();
    for (const role of target.calls(node.role)) {
      const urls = new Map<string, string>();
      for (const peer of ofRole(role).filter((candidate) => candidate.name !== node.name)) {
        const edge = await plane.openEdge({ from: node.name, to: peer.name }, placeOf(peer).reachedAt, {
          host: driver.listenHost(node.name),
        });
        urls.set(peer.name, await driver.urlFrom(node.name, edge, peer.name));
      }
      peers.set(role, urls);
    }
    const place = placeOf(node);
    const placement = { ...place, peers: (role: string) => peers.get(role) ?? new Map<string, string>() };
    specs.push({ ...node, port: place.port, ...target.start(node, placement, deployment) });
  }
  const clientUrls: { node: string; url: string }[] = [];
  for (const node of ofRole(target.clientRole)) {
    const { url } = await plane.openEdge({ from: clientCaller, to: node.name }, placeOf(node).reachedAt);
    clientUrls.push({ node: node.name, url });
  }
  await startAll(specs, driver);

  const addresses = new Map(nodes.map((node) => [node.name, urlOf(placeOf(node).reachedAt)]));
  return {
    nodes,
    replicas: ofRole(target.replicaRole).map(({ name }) => name),
    addresses,
    clientUrls,
    healthy: (signal, timeoutMs) => awaitHealth(options, nodes, addresses, signal, timeoutMs),
  };
}

function urlOf({ host, port }: NodePlace['reachedAt']): string {
  return `http://${host}:${port}`;
}

/** Rejects once all attempts are over, so that none is still under way when what was started is stopped. */
async function startAll(specs: readonly NodeSpec[], driver: Driver): Promise<void> {
  const attempts = await Promise.allSettled(specs.map((spec) => driver.start(spec)));
  const reasons = attempts.flatMap((attempt): readonly unknown[] => (attempt.status === 'rejected' ? [attempt.reason] : []));
  if (reasons.length === 0) return;
  // What keeps one node from starting mostly keeps them all: said once, with what to do about it.
  const said = [...new Set(reasons.map(messageOf))].join('; ');
  const advice = reasons.find((reason) => reason instanceof InfrastructureError)?.advice;
  throw new InfrastructureError('deploy', `the target did not deploy: ${said}`, advice, { cause: reasons[0] });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function awaitHealth(
  options: DeployOptions,
  nodes: readonly TargetNode[],
  addresses: ReadonlyMap<string, string>,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<void> {
  const { target, driver, endedByItself, runDirectory, sleep } = options;
  const waiting = new Map(nodes.map((node) => [node.name, 'no answer yet']));
  const dead = new Map<string, string>();
  /** Somebody else may answer on a node's port, so that the answer alone shows nothing. */
  const runs = async ({ name }: TargetNode): Promise<boolean> => {
    if ((await driver.status(name)).state !== 'exited') return true;
    const exit = endedByItself(name);
    if (exit !== undefined) dead.set(name, exit);
    waiting.set(name, 'it is down');
    return false;
  };
  const ask = (deadline: AbortSignal): Promise<unknown> =>
    Promise.all(
      nodes.map(async (node) => {
        while (!deadline.aborted && dead.size === 0) {
          try {
            const isReady = await target.ready(node, addresses.get(node.name) ?? '', deadline);
            waiting.set(node.name, 'it answers that it is not ready');
            if ((await runs(node)) && isReady) {
              waiting.delete(node.name);
              return;
            }
          } catch (error) {
            waiting.set(node.name, messageOf(error));
            await runs(node);
          }
          await sleep(readyPollMs, deadline).catch(() => undefined);
        }
      }),
    );
  await withDeadline(signal, timeoutMs, ask);
  signal.throwIfAborted();
  // Those that were ready first may be gone by now.
  if (dead.size === 0) await Promise.all(nodes.map(runs));
  const logs = `their output is in ${path.join(runDirectory, 'logs')}`;
  if (dead.size > 0) {
    const ends = [...dead].map(([node, exit]) => `${node} exited with ${exit}`).join('; ');
    const said = [...dead.keys()].flatMap((node) => lastLogLines(runDirectory, node).map(({ line }) => `\n  ${node.padEnd(9)} ${line}`));
    const advice = said.length === 0 ? logs : `${logs}; the last of it:${said.join('')}`;
    throw new InfrastructureError('deploy', `the target is not healthy: ${ends}`, advice);
  }
  if (waiting.size > 0) {
    const reasons = [...waiting].map(([node, reason]) => `${node} (${reason})`).join(', ');
    throw new InfrastructureError('deploy', `the target was not healthy after ${timeoutMs / 1000} s: ${reasons}`, logs);
  }
}
