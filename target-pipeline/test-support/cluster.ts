/** Replicas on virtual nodes, and registers that reach them over the virtual network: what protocol tests need before they begin. */
import { createVirtualWorld, type UnsyncedTail, type VirtualNode, type VirtualWorld } from '../runtime/virtual.ts';
import {
  Acceptor,
  type AcceptorRules,
  acceptorRules,
  createReplicaPeer,
  createReplicaService,
  type ProposerRules,
  proposerRules,
  type QuorumSizes,
  Registers,
} from '../store/index.ts';

export interface ClusterOptions {
  readonly seed: number;
  readonly replicas?: number;
  readonly quorum?: QuorumSizes;
  readonly rules?: ProposerRules;
  readonly rulesOf?: (replica: string) => AcceptorRules;
  readonly compactBytesMin?: number;
  readonly syncMs?: number;
  readonly replicaTimeoutMs?: number;
}

export interface Cluster {
  readonly world: VirtualWorld;
  readonly replicas: readonly string[];
  node(name: string): VirtualNode;
  acceptor(replica: string): Acceptor;
  startReplica(replica: string): Promise<void>;
  crash(replica: string, tail?: UnsyncedTail): void;
  /** A proposer on `node`, new each time: as after a restart. */
  registersOn(node: string): Registers;
}

const port = 80;

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const {
    seed,
    quorum = { read: 2, write: 2 },
    rules = proposerRules,
    rulesOf = () => acceptorRules,
    compactBytesMin = 1_000_000,
    syncMs = 0,
    replicaTimeoutMs = 100,
  } = options;
  const world = createVirtualWorld({ seed });
  const replicas = Array.from({ length: options.replicas ?? 3 }, (_, index) => `replica-${index + 1}`);
  const acceptors = new Map<string, Acceptor>();

  const startReplica = async (replica: string): Promise<void> => {
    const { runtime, disk } = world.node(replica);
    disk.syncMs = syncMs;
    const acceptor = await Acceptor.open(runtime, { replica, directory: 'data', rules: rulesOf(replica), compactBytesMin });
    acceptors.set(replica, acceptor);
    await runtime.transport.listen({ port, host: '', maxBodyBytes: 1 << 25, handler: createReplicaService(acceptor) });
  };
  for (const replica of replicas) await world.until(startReplica(replica));

  return {
    world,
    replicas,
    startReplica,
    node: (name) => world.node(name),
    acceptor(replica) {
      const acceptor = acceptors.get(replica);
      if (acceptor === undefined) throw new Error(`${replica} is not one of ${replicas.join(', ')}`);
      return acceptor;
    },
    crash: (replica, tail) => world.node(replica).crash(tail),
    registersOn(node) {
      const { runtime } = world.node(node);
      const peers = replicas.map((replica) => createReplicaPeer(runtime, replica, `http://${replica}:${port}`));
      return new Registers(runtime, { node, peers, quorum, rules, replicaTimeoutMs });
    },
  };
}
