#!/usr/bin/env node
/**
 * Starts one node of the pipeline, configured by its environment (`config.ts`). Ends on SIGTERM or SIGINT, gracefully.
 *
 *     NODE_NAME=replica-1 ROLE=replica PORT=7001 DATA_DIR=/tmp/replica-1 node dist/target-pipeline/main.js
 */
import { bugs } from './bugs/index.ts';
import { components, QuorumError } from './components.ts';
import { ConfigError, type NodeConfig, readConfig } from './config.ts';
import { startNode } from './node.ts';
import { createRealFaultSwitch, createRealRuntime } from './runtime/real.ts';
import { faultRoutes } from './services/fault-control.ts';
import { CorruptLogError } from './store/index.ts';

function componentsFor(config: NodeConfig) {
  if (config.BUG === undefined) return components;
  const bug = bugs.find((candidate) => candidate.name === config.BUG);
  if (bug === undefined)
    throw new ConfigError(`BUG: there is no seeded bug ${config.BUG}; there are ${bugs.map((known) => known.name).join(', ')}`);
  return bug.apply(components, config.NODE_NAME);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const faults = config.FAULT_KEY === undefined ? undefined : createRealFaultSwitch();
  const runtime = createRealRuntime({ node: config.NODE_NAME, ...(faults === undefined ? {} : { faults }) });
  const routes = faults === undefined || config.FAULT_KEY === undefined ? [] : faultRoutes(faults, config.FAULT_KEY);
  const node = await startNode(runtime, config, componentsFor(config), routes);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    node.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        runtime.log.error('node.stop-failed', { message: String(error) });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** As in sysexits.h: 64 the configuration can't be used (a port in use, too), 65 the data on disk is damaged, 70 a bug. */
function exitCodeFor(error: unknown): number {
  if (error instanceof CorruptLogError) return 65;
  return error instanceof ConfigError || error instanceof QuorumError || (error instanceof Error && 'code' in error) ? 64 : 70;
}

main().catch((error: unknown) => {
  const exitCode = exitCodeFor(error);
  process.stderr.write(
    `${error instanceof Error && exitCode !== 70 ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(exitCode);
});
