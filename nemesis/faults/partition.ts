/**
 * Cuts the network between nodes: at the edge proxies, where calls that were under way when it began still end; or by packet filters inside
 * the nodes, where nothing gets through from one moment to the next.
 */

import type { NodeNetwork } from '../../harness/drivers/types.ts';
import type { FaultRecord } from '../../harness/history/index.ts';
import type { FaultAction } from '../../harness/proxy/types.ts';
import { openAccount } from '../account.ts';
import { between, bridge, type Cluster, halves, isolate, type Partition, ring } from '../cuts.ts';
import { edgeOf, nodesNamed } from '../edges.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { cutPackets } from '../packet-cut.ts';
import { chooseNodes, targetOptions } from '../targets.ts';

const label = 'partitioned';

const options = {
  kind: {
    default: 'node',
    description: 'what is cut: node (some nodes from all others), halves, ring, bridge, or edge (`from` from `to`)',
  },
  ...targetOptions,
  targets: { default: '', description: 'whom kind=node isolates; one replica or the leader when empty, else as for pause' },
  from: { default: '', description: 'kind=edge: node or role on one side' },
  to: { default: '', description: 'kind=edge: node or role on the other side' },
  oneWay: {
    default: false,
    description: 'only what the first side (the isolated nodes, or `from`) sends is lost, requests and responses alike',
  },
  mode: { default: 'silent', description: 'silent (nobody hears anything) or refuse (connections are reset)' },
  by: {
    default: 'auto',
    description: 'proxies, packets (filters inside nodes that have a network of their own), or auto: packets if silent and possible',
  },
  durationMs: { default: 4000, description: 'how long the network stays cut, milliseconds' },
} as const;

type Options = ReturnType<typeof readOptions<typeof options>>;

export const partition: Nemesis = {
  name: 'partition',
  description: 'Cuts nodes off from each other, both ways or one way, for a while.',
  provenBy: 'calls on the cut edges that were refused or heard nothing, or packets dropped, and no call that got through',
  options,
  colour: '#2563eb',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 1000,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const chosen = readOptions(fault, options);
  if (chosen.mode !== 'silent' && chosen.mode !== 'refuse')
    throw new Error(`${fault.nemesis}: mode=${chosen.mode}; expected silent or refuse`);
  const network = networkFor(fault, chosen, context);
  const chosenPartition = await choosePartition(fault, chosen, context, signal);
  if (network !== undefined)
    return cutPackets({ fault, context, signal, network, partition: chosenPartition, durationMs: chosen.durationMs });
  const { description, cut } = chosenPartition;
  const account = openAccount(fault, context);
  let heal: () => void = () => undefined;
  const healed = new Promise<void>((resolve) => {
    heal = resolve;
  });
  const actions = actionsFor(chosen.mode, healed);
  const cutAt = context.now();
  let healedAt = Number.POSITIVE_INFINITY;
  let lost = 0;
  let through = 0;
  const stopListening = context.plane.onTraffic((record) => {
    const half = cut(record);
    if (half === undefined || record.receivedAt < cutAt || record.receivedAt >= healedAt) return;
    if (!record.faults.includes(label)) through += 1;
    // A lost response is one only once there was one.
    else if (half === 'request' ? record.forwardedAt === undefined : record.respondedAt !== undefined) lost += 1;
  });
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request) {
      const half = cut(request.edge);
      if (half === undefined) return undefined;
      account.hit(edgeOf(request));
      return actions[half];
    },
  });
  context.note(description);
  try {
    await context.sleep(chosen.durationMs, signal).catch(() => undefined);
  } finally {
    healedAt = context.now();
    removeRule();
    heal();
    // Those that heard nothing until now end within a few turns; what comes later is no longer cut.
    await context.sleep(0).catch(() => undefined);
    stopListening();
  }
  const how = chosen.mode === 'refuse' ? 'were reset' : 'heard nothing';
  account.prove(`calls across the cut ${how}: ${description}`, lost > 0, `${lost} calls`);
  account.prove('no call got across', through === 0, `${through} calls`);
  return account.close({ partition: description, lostCalls: lost });
}

/** `undefined`: the proxies cut. */
function networkFor(fault: PlannedFault, { by, mode }: Options, { driver }: NemesisContext): NodeNetwork | undefined {
  switch (by) {
    case 'proxies':
      return undefined;
    case 'auto':
      return mode === 'silent' ? driver.network : undefined;
    case 'packets':
      if (mode !== 'silent') throw new Error(`${fault.nemesis}: by=packets drops packets, which is mode=silent, not mode=${mode}`);
      if (driver.network === undefined)
        throw new Error(`${fault.nemesis}: by=packets needs nodes that have a network of their own (--driver docker)`);
      return driver.network;
    default:
      throw new Error(`${fault.nemesis}: by=${by}; expected proxies, packets or auto`);
  }
}

function actionsFor(mode: 'silent' | 'refuse', healed: Promise<void>): Readonly<Record<'request' | 'response', FaultAction>> {
  if (mode === 'refuse') return { request: { label, refuse: true }, response: { label, dropResponse: true } };
  return { request: { label, silence: { of: 'request', until: healed } }, response: { label, silence: { of: 'response', until: healed } } };
}

async function choosePartition(
  fault: PlannedFault,
  { kind, targets, role, from, to, oneWay }: Options,
  context: NemesisContext,
  signal: AbortSignal,
): Promise<Partition> {
  const { target, random } = context;
  const cluster: Cluster = target;
  switch (kind) {
    case 'node': {
      const whom = targets === '' ? (random() < 0.5 ? 'leaders' : 'one') : targets;
      return isolate(await chooseNodes(fault, { targets: whom, role }, context, signal), cluster, oneWay);
    }
    case 'halves':
      return halves(cluster, oneWay, random);
    case 'ring':
      return ring(cluster, oneWay, random);
    case 'bridge':
      return bridge(cluster, oneWay, random);
    case 'edge':
      return edgeCut(fault, from, to, oneWay, target);
    default:
      throw new Error(`${fault.nemesis}: kind=${kind}; expected node, halves, ring, bridge or edge`);
  }
}

function edgeCut(fault: PlannedFault, from: string, to: string, oneWay: boolean, target: NemesisContext['target']): Partition {
  if (from === '' || to === '') throw new Error(`${fault.nemesis}: kind=edge needs from=… and to=…, each a node or a role`);
  const side = (option: string, name: string): ReadonlySet<string> => new Set(nodesNamed(`${fault.nemesis}: ${option}`, name, target));
  return {
    description: `${from} cut off from ${to}${oneWay ? ', one way' : ''}`,
    cut: between(side('from', from), side('to', to), oneWay),
  };
}
