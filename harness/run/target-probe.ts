/** What a nemesis may ask of the pipeline, answered by its target for one deployment. */
import type { Calibration, TargetProbe } from '../../nemesis/index.ts';
import type { Target } from '../targets/index.ts';
import type { Deployment } from './deployment.ts';

export interface ProbeOptions {
  readonly target: Target;
  readonly deployment: Deployment;
  readonly leaseMs: number;
  readonly healthyMs: number;
  readonly faultKey: string | undefined;
  readonly calibration?: Calibration;
}

export function probeOf({ target, deployment, leaseMs, healthyMs, faultKey, calibration }: ProbeOptions): TargetProbe {
  const nodeFaults = faultKey === undefined ? undefined : target.nodeFaults?.(deployment.addresses, faultKey);
  return {
    ...(nodeFaults === undefined ? {} : { nodeFaults }),
    leader: (signal) => target.leader(deployment.addresses, signal),
    replicaTokens: (signal) => target.replicaTokens(deployment.addresses, signal),
    healthy: (signal) => deployment.healthy(signal, healthyMs),
    replicas: deployment.replicas,
    nodes: deployment.nodes.map((node) => node.name),
    nodesOfRole: (role) => deployment.nodes.filter((node) => node.role === role).map((node) => node.name),
    leaderScope: target.leaderScope,
    leaseKey: target.leaseKey,
    leaseMs,
    ...promiseOf(target),
    ...(calibration === undefined ? {} : { calibration }),
  };
}

function promiseOf({ retries }: Target): Pick<TargetProbe, 'retries'> {
  if (retries === undefined) return {};
  const { brokenBy: _, ...promise } = retries;
  return { retries: promise };
}
