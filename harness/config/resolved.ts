/** A configuration in which nothing is left open: what a run gets, what `run.json` keeps, what a replay reads back. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { longestDurationMs } from './duration.ts';
import { sshSchema } from './hosts.ts';

const name = z.string().min(1);
const durationMs = z.int().min(1).max(longestDurationMs);
const count = z.int().min(1);

export const nemesisChoiceSchema = z
  .strictObject({ name, options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).readonly() })
  .readonly();

export const resolvedConfigSchema = z
  .strictObject({
    /** The pipeline under test. */
    target: name,
    workload: name,
    /** Faults to inject, each with every option it takes. */
    nemeses: z.array(nemesisChoiceSchema).min(1).readonly(),
    /** Length of the load, baseline windows included. */
    timeMs: durationMs,
    /** Operations a second. Absent: the workload's own. */
    rate: z.number().positive().exactOptional(),
    /** Logical clients. Absent: the workload's own. */
    concurrency: count.exactOptional(),
    seed: z.int().min(0),
    /** The file whose faults are injected, instead of faults that are planned. */
    schedule: name.exactOptional(),
    /** How often the whole is run, and whether to go on after a failure. */
    repeat: count.default(1),
    keepGoing: z.boolean().default(false),
    /** Run the same with the retries of the target unbound beside it. */
    control: z.boolean().default(false),
    /** Stop the load at the first operation that cannot be linearized. */
    failFast: z.boolean(),
    driver: name,
    /** Hosts and how to log in to them, for the driver that needs them. */
    ssh: sshSchema.exactOptional(),
    bug: name.exactOptional(),
    /** Absent: those of the workload and the nemeses. */
    checkers: z.array(name).min(1).readonly().exactOptional(),
    replicas: count,
    readQuorum: count,
    writeQuorum: count,
    leaseMs: durationMs,
    inventoryConsistency: z.enum(['linearizable', 'eventual']).default('linearizable'),
    /** What the target is started with, where that differs from its own defaults. */
    targetOptions: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .readonly()
      .default({}),
    reporters: z.array(name).readonly(),
    json: z.boolean(),
    quiet: z.boolean(),
    verbose: z.boolean(),
    allowUnknown: z.boolean(),
    runsDirectory: name,
    /** Folder of the run inside `runsDirectory`. */
    name,
    /** Mean time between faults. Absent: the nemesis's own. */
    nemesisIntervalMs: durationMs.exactOptional(),
    /** First of the ports the nodes use. Absent: free ones are found. */
    basePort: z.int().min(1_024).max(65_000).exactOptional(),
    /** Image with Node.js for nodes in containers. Absent: one of our own if it is there, else the usual one. */
    dockerBase: name.exactOptional(),
    /** What a node in a container may use. Runs of earlier builds had no containers. */
    nodeMemoryMb: count.default(defaults.nodeMemoryMb),
    nodeCpus: z.number().positive().default(defaults.nodeCpus),
  })
  .readonly();

export type NemesisChoice = z.infer<typeof nemesisChoiceSchema>;
export type ResolvedConfig = z.infer<typeof resolvedConfigSchema>;
