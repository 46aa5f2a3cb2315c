/** Reads back what a run left on disk, as the evidence checkers take. */
import { readJsonLines, type TrafficRecord } from '../history/index.ts';

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
