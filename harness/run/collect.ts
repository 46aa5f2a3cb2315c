/** Reads back what a run left on disk, as the evidence checkers take. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type LogRecord, readJsonLines, type TrafficRecord } from '../history/index.ts';
import type { Target } from '../targets/index.ts';

/**
 * Records checkers and graphs look at: effects, every write to a replica (a read repair carries no token, and explains what replicas hold), and
 * whatever else showed a replica a token. Plain reads of replicas, half of all traffic, are not among them.
 */
const kindsOfEvidence = new Set(['effect', 'replica-write']);
const kindsThatShowTokens = new Set(['replica-prepare', 'replica-fence']);

export async function readTraffic(file: string): Promise<readonly TrafficRecord[]> {
  const { values } = await readJsonLines(file, (value) => {
    const record = value as TrafficRecord;
    const kind = record.kind ?? '';
    const counts = kindsOfEvidence.has(kind) || (kindsThatShowTokens.has(kind) && record.fencingToken !== undefined);
    // What is left out is left out while reading: a long run has far more traffic than evidence.
    return counts ? record : undefined;
  });
  return values.filter((record) => record !== undefined);
}

/** The lines of all nodes' logs that the target understands, node by node, in the order they were printed. */
export async function readLogs(runDirectory: string, target: Target): Promise<readonly LogRecord[]> {
  const directory = path.join(runDirectory, 'logs');
  const records: LogRecord[] = [];
  for (const file of (await readdir(directory).catch(() => [])).sort()) {
    if (!file.endsWith('.log')) continue;
    const node = file.slice(0, -'.log'.length);
    for await (const line of createInterface({
      input: createReadStream(path.join(directory, file)),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      const record = target.parseLog(node, line);
      if (record !== undefined) records.push(record);
    }
  }
  return records;
}
