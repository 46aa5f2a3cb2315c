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
import { createRealRuntime } from './runtime/real.ts';

function componentsFor(config: NodeConfig) {
  if (config.BUG === undefined) return components;
  const bug = bugs.find((candidate) => candidate.name === config.BUG);
  if (bug === undefined) throw new ConfigError(`BUG: there is no seeded bug ${config.BUG}; there are ${bugs.map((known) => known.name).join(', ')}`);
  return bug.apply(components, config.NODE_NAME);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const runtime = createRealRuntime({ node: config.NODE_NAME });
  const node = await startNode(runtime, config, componentsFor(config));
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

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof QuorumError || (error instanceof Error && 'code' in error);
  process.stderr.write(`${expected ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(expected ? 64 : 70);
});
