/** Containers, by the engine of this machine. */
import { z } from 'zod';
import type { DriverKind, RecoveredElsewhere } from '../registry.ts';
import { createDockerDriver } from './docker-driver.ts';
import { connectEngine } from './engine.ts';
import { removeRun } from './removal.ts';

const madeSchema = z.object({ runId: z.uuid(), engine: z.string() });

export const docker: DriverKind = {
  name: 'docker',
  description: 'Containers of this machine, one a node, on a network of their own.',
  create: ({ basePort, dockerBase, nodeMemoryMb, nodeCpus }, { runDirectory, journal, note }) =>
    createDockerDriver({
      runDirectory,
      journal,
      note,
      limits: { memoryMb: nodeMemoryMb, cpus: nodeCpus },
      ...(dockerBase === undefined ? {} : { base: dockerBase }),
      ...(basePort === undefined ? {} : { basePort }),
    }),
  recover: async (made) => {
    const all = await Promise.all(made.map((thing) => recoverOne(madeSchema.parse(thing))));
    return { removed: all.flatMap(({ removed }) => removed), left: all.flatMap(({ left }) => left) };
  },
};

async function recoverOne({ runId, engine }: z.infer<typeof madeSchema>): Promise<RecoveredElsewhere> {
  try {
    return await removeRun((await connectEngine(engine)).docker, runId);
  } catch (error) {
    return { removed: [], left: [`what run ${runId} made at ${engine}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
