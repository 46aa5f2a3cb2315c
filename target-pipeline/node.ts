/** Puts one node together: the composition root. */

import type { Components } from './components.ts';
import type { NodeConfig } from './config.ts';
import { Elector, leaseTiming, type Term } from './coordination/index.ts';
import { Consumer } from './events/consumer.ts';
import type { HybridLogicalClock } from './events/hybrid-logical-clock.ts';
import { createDefaultRetryingClient, createLoadShedder } from './resilience/index.ts';
import type { IncomingRequest, OutgoingResponse, Runtime } from './runtime/index.ts';
import { createEffects } from './saga/index.ts';
import { createRouter, json, type Route } from './services/http.ts';
import { commitSales, type InventoryOptions, inventoryRoutes } from './services/inventory/service.ts';
import { keepEventually, keepInRegisters } from './services/inventory/stock-keeping.ts';
import { Leadership } from './services/order/leadership.ts';
import { ledgerRoutes } from './services/order/ledger.ts';
import { orderRoutes } from './services/order/orders.ts';
import { registerRoutes } from './services/order/registers-api.ts';
import { createEventualStockReader, createQuorumStockReader } from './services/order/stock-reading.ts';
import { paymentRoutes } from './services/payment/service.ts';
import { createReplicaPeer, createReplicaService, openLastingAcceptor, Registers } from './store/index.ts';

const maxBodyBytes = 1024 * 1024;
/** A replica takes whatever its proposers built up: stock of a hot SKU, a full log segment. */
const maxReplicaBodyBytes = 32 * 1024 * 1024;
const closeGraceMs = 2000;
const consumerScope = 'consumer';
const nothing = (): void => undefined;
const nothingToAwait = async (): Promise<void> => undefined;

export interface RunningNode {
  readonly port: number;
  /** Graceful: gives leases back, ends calls in progress, closes the log. */
  stop(): Promise<void>;
}

interface Role {
  readonly handler: (request: IncomingRequest) => Promise<OutgoingResponse>;
  /** Is the node ready for work? Says why not. */
  readonly notReady: () => Promise<string | undefined>;
  readonly start: () => void;
  /** Before the listener closes: gives leases back. */
  readonly stop: () => Promise<void>;
  /** After the last call has ended. */
  readonly close: () => Promise<void>;
  readonly maxBodyBytes: number;
}

/** `further` routes stand beside those that every node has. */
export async function startNode(
  runtime: Runtime,
  config: NodeConfig,
  components: Components,
  further: readonly Route[] = [],
): Promise<RunningNode> {
  const role = await createRole(runtime, config, components);
  const common = createRouter([...commonRoutes(runtime, role.notReady), ...further]);
  const furtherPaths = new Set(further.map(({ path }) => path));
  const seconds = runtime.metrics.histogram('http_server_seconds', 'Time to answer a call.', ['method', 'status']);
  const listener = await runtime.transport.listen({
    host: config.HOST,
    port: config.PORT,
    maxBodyBytes: role.maxBodyBytes,
    async handler(request) {
      const startedAtMs = runtime.clock.monotonicMs();
      const isCommon = request.path === '/metrics' || request.path.startsWith('/health/') || furtherPaths.has(request.path);
      const response = await (isCommon ? common(request) : role.handler(request));
      seconds.observe((runtime.clock.monotonicMs() - startedAtMs) / 1000, { method: request.method, status: String(response.status) });
      return response;
    },
  });
  role.start();
  runtime.log.info('node.started', { role: config.ROLE, port: listener.port, ...(config.BUG === undefined ? {} : { bug: config.BUG }) });
  return {
    port: listener.port,
    async stop() {
      runtime.log.info('node.stopping', {});
      await role.stop();
      await listener.close({ graceMs: closeGraceMs });
      await role.close();
      await runtime.transport.close();
      runtime.log.info('node.stopped', {});
    },
  };
}

function commonRoutes(runtime: Runtime, notReady: Role['notReady']): readonly Route[] {
  return [
    { method: 'GET', path: '/health/live', handle: async () => json(200, { live: true }) },
    {
      method: 'GET',
      path: '/health/ready',
      async handle() {
        const reason = await notReady();
        return reason === undefined ? json(200, { ready: true }) : json(503, { ready: false, reason });
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      handle: async () => ({ status: 200, headers: { 'content-type': runtime.metrics.contentType }, body: await runtime.metrics.expose() }),
    },
  ];
}

async function createRole(runtime: Runtime, config: NodeConfig, components: Components): Promise<Role> {
  switch (config.ROLE) {
    case 'replica':
      return createReplica(runtime, config, components);
    case 'order':
      return createOrder(runtime, config, components);
    case 'payment':
      return createPayment(runtime, config, components);
    case 'inventory':
      return createInventory(runtime, config, components);
    default:
      return config.ROLE satisfies never;
  }
}

async function createReplica(runtime: Runtime, config: NodeConfig, components: Components): Promise<Role> {
  const acceptor = await openLastingAcceptor(
    { ...runtime, disk: components.replicaDisk(runtime.disk, runtime.timers) },
    {
      replica: config.NODE_NAME,
      directory: config.DATA_DIR ?? '',
      rules: components.acceptorRules,
      compactBytesMin: config.COMPACT_BYTES,
    },
  );
  return {
    handler: createReplicaService(acceptor),
    notReady: () =>
      acceptor.read('').then(
        () => undefined,
        (error: unknown) => `its log has failed: ${String(error)}`,
      ),
    start: nothing,
    stop: nothingToAwait,
    close: () => acceptor.close(),
    maxBodyBytes: maxReplicaBodyBytes,
  };
}

function createRegisters(runtime: Runtime, config: NodeConfig, components: Components): Registers {
  return new Registers(runtime, {
    node: config.NODE_NAME,
    peers: [...config.REPLICA_URLS].map(([name, url]) => createReplicaPeer(runtime, name, url)),
    quorum: components.chooseQuorum({ read: config.READ_QUORUM, write: config.WRITE_QUORUM }, config.REPLICA_URLS.size),
    rules: components.proposerRules,
    replicaTimeoutMs: config.REPLICA_TIMEOUT_MS,
  });
}

function createClock(runtime: Runtime, config: NodeConfig, components: Components): HybridLogicalClock {
  return components.createClock({ node: config.NODE_NAME, wallMs: () => runtime.clock.wallMs() });
}

function quorumReadable(registers: Registers): Role['notReady'] {
  return async () => {
    const outcome = await registers.read('lease/orders', { deadlineMs: 1000 });
    return outcome.kind === 'done' ? undefined : 'no quorum of replicas answers';
  };
}

function createOrder(runtime: Runtime, config: NodeConfig, components: Components): Role {
  const registers = createRegisters(runtime, config, components);
  const clock = createClock(runtime, config, components);
  const effects = createEffects({
    client: createDefaultRetryingClient(runtime, components.keyOfAttempt, components.retryLayer),
    classify: components.classifyCall,
    paymentUrls: [...config.PAYMENT_URLS.values()],
    inventoryUrls: [...config.INVENTORY_URLS.values()],
    stockAffinity: config.INVENTORY_CONSISTENCY === 'eventual' ? 'order' : 'sku',
    stepTimeoutMs: config.STEP_TIMEOUT_MS,
  });
  const leadership = new Leadership(runtime, {
    node: config.NODE_NAME,
    registers,
    clock,
    effects,
    rules: components.sagaRules,
    timing: leaseTiming(config.LEASE_MS),
    electionRules: components.electionRules,
    sweepMs: config.SWEEP_MS,
  });
  const reading = { catalogue: config.CATALOGUE, timeoutMs: config.REQUEST_TIMEOUT_MS };
  const stock =
    config.INVENTORY_CONSISTENCY === 'eventual'
      ? createEventualStockReader(runtime, [...config.INVENTORY_URLS.values()], reading)
      : createQuorumStockReader(registers, reading);
  const router = createRouter([
    ...orderRoutes(runtime, {
      node: config.NODE_NAME,
      registers,
      clock,
      leadership,
      readOrder: components.readOrder,
      catalogue: config.CATALOGUE,
      orderUrls: config.ORDER_URLS,
      requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    }),
    ...registerRoutes(registers, config.REQUEST_TIMEOUT_MS),
    ...ledgerRoutes({ registers, stock, catalogue: config.CATALOGUE, timeoutMs: config.REQUEST_TIMEOUT_MS }),
    {
      method: 'GET',
      path: '/leader',
      handle: async () => json(200, { known: leadership.knownLeader() ?? null, leading: leadership.leading()?.term.fence.token ?? null }),
    },
  ]);
  const readable = quorumReadable(registers);
  return {
    handler: router,
    notReady: async () =>
      (await readable()) ??
      (leadership.leading() === undefined && leadership.knownLeader() === undefined ? 'no leader is known yet' : undefined),
    start: () => leadership.start(),
    stop: () => leadership.stop(),
    close: nothingToAwait,
    maxBodyBytes,
  };
}

function createPayment(runtime: Runtime, config: NodeConfig, components: Components): Role {
  const registers = createRegisters(runtime, config, components);
  const shed = runtime.metrics.counter('requests_shed_total', 'Calls shed before they began.', ['reason']);
  const shedder = createLoadShedder(
    { concurrencyMax: config.PAYMENT_CONCURRENCY, queueMax: config.PAYMENT_QUEUE },
    runtime.clock,
    (reason) => shed.inc({ reason }),
  );
  return {
    handler: createRouter(
      paymentRoutes(runtime, {
        registers,
        clock: createClock(runtime, config, components),
        shedder,
        guardKeys: components.guardKeys,
        moveMoney: components.moveMoney,
        workMs: config.PAYMENT_WORK_MS,
        declineAboveCents: config.DECLINE_ABOVE_CENTS,
      }),
    ),
    notReady: quorumReadable(registers),
    start: nothing,
    stop: nothingToAwait,
    close: nothingToAwait,
    maxBodyBytes,
  };
}

async function createInventory(runtime: Runtime, config: NodeConfig, components: Components): Promise<Role> {
  const registers = createRegisters(runtime, config, components);
  const keeping =
    config.INVENTORY_CONSISTENCY === 'eventual'
      ? await keepEventually(runtime, {
          node: config.NODE_NAME,
          directory: config.DATA_DIR ?? '',
          catalogue: config.CATALOGUE,
          compactBytesMin: config.COMPACT_BYTES,
          inventoryUrls: config.INVENTORY_URLS,
          orderUrls: config.ORDER_URLS,
          timeoutMs: config.REPLICA_TIMEOUT_MS,
        })
      : keepInRegisters({
          registers,
          reserveStock: components.reserveStock,
          releaseStock: components.releaseStock,
          sell: components.sell,
        });
  const options: InventoryOptions = {
    book: keeping.book,
    clock: createClock(runtime, config, components),
    catalogue: config.CATALOGUE,
    retentionMs: config.RETENTION_MS,
  };
  const elector = new Elector(runtime, {
    scope: consumerScope,
    node: config.NODE_NAME,
    registers,
    timing: leaseTiming(config.LEASE_MS),
    rules: components.electionRules,
    onElected: (term: Term) => {
      const consumer = new Consumer(runtime, {
        name: 'inventory',
        registers,
        term,
        pollMs: 150,
        takeBatch: components.takeBatch,
        process: commitSales(options, term),
      });
      void consumer.run();
      keeping.lead(term);
    },
  });
  return {
    handler: createRouter([...inventoryRoutes(runtime, options), ...keeping.routes]),
    notReady: quorumReadable(registers),
    start() {
      keeping.start();
      elector.start();
    },
    async stop() {
      keeping.stop();
      await elector.stop();
    },
    close: () => keeping.close(),
    maxBodyBytes,
  };
}
