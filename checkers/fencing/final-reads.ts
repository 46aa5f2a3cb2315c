/**
 * Clause: final reads through *every* R-subset of replicas show the successor's last write.
 *
 * A read through a subset shows the newest version in it. With the cells sorted newest first, the newest of some R-subset is exactly one
 * of the first N − R + 1: nothing older can escape having something newer beside it. So those cells are all that any read can show.
 *
 * Cells may differ without anybody having done wrong: a write that reached one replica and was never acknowledged may be seen or not
 * until a read settles it; and a register that is still written to (a lease, say) differs because replicas are not read at one instant.
 * A difference counts only where neither can explain it.
 */
import { isDeepStrictEqual } from 'node:util';
import { compareVersions, type Ledger, type ReplicaCell, type TrafficRecord } from '../../harness/history/index.ts';
import { type Findings, groupBy } from '../evidence/index.ts';
import { type ReplicaTraffic, refused, type StaleArrival } from './replica-traffic.ts';
import { acknowledgedAt, type Round } from './rounds.ts';

export interface FinalReads {
  readonly keys: number;
  readonly subsets: number;
  /** Keys on which replicas differ by an open write or by one made during the reads, which is legal. */
  readonly openKeys: readonly string[];
  /** Was this key read from every replica, and at rest? Where it was written to meanwhile and replicas differ, that was no final read. */
  readonly isFinal: (key: string) => boolean;
}

export interface FinalReadsInput {
  readonly ledger: Ledger;
  /** When the first cell can have been read; without it nobody knows which writes the reads must show. */
  readonly beganAt: number;
  readonly replicas: readonly string[];
  readonly traffic: ReplicaTraffic;
  readonly rounds: readonly Round[];
  readonly quorum: number;
}

export function checkFinalReads({ ledger, beganAt, replicas, traffic, rounds, quorum }: FinalReadsInput, findings: Findings): FinalReads {
  const cellsByKey = groupBy(ledger.cells, (cell) => cell.key);
  const roundsByKey = groupBy(
    rounds.filter((round) => cellsByKey.has(round.key)),
    (round) => round.key,
  );
  const writesByKey = groupBy(
    traffic.writes.filter((write) => write.key !== undefined && cellsByKey.has(write.key)),
    (write) => write.key ?? '',
  );
  const staleById = new Map(traffic.staleWrites.map((arrival) => [arrival.record.id, arrival]));
  const readFrom = new Map([...cellsByKey].map(([key, cells]) => [key, new Set(cells.map((cell) => cell.replica))]));
  const isQuiet = (key: string): boolean => !(writesByKey.get(key) ?? []).some((write) => write.endedAt >= beganAt && !refused(write));
  const openKeys: string[] = [];
  const movingKeys = new Set<string>();
  let subsets = 0;

  for (const [key, cells] of cellsByKey) {
    if (cells.length < ledger.readQuorum) continue;
    const newestFirst = [...cells].sort((a, b) => compareVersions(b.version, a.version));
    const visible = newestFirst.slice(0, newestFirst.length - ledger.readQuorum + 1);
    subsets += visible.length;
    const read: KeyReads = {
      key,
      newestFirst,
      visible,
      readQuorum: ledger.readQuorum,
      beganAt,
      rounds: roundsByKey.get(key) ?? [],
      writes: writesByKey.get(key) ?? [],
      staleById,
      quorum,
    };
    checkOneValuePerVersion(read, findings);
    // Tokens of different scopes say nothing about each other, so only a key that one scope writes can be judged by them.
    if (new Set(read.writes.flatMap(({ fenceScope }) => fenceScope ?? [])).size <= 1) {
      checkAcknowledgedIsVisible(read, findings);
      checkNothingStaleIsHeld(read, findings);
    }
    const unexplained = differences(read, isQuiet(key));
    if (unexplained === 'moving') movingKeys.add(key);
    if (unexplained === 'open' || unexplained === 'moving') openKeys.push(key);
    else if (unexplained !== 'none') reportDifference(read, unexplained, findings);
  }
  return {
    keys: cellsByKey.size,
    subsets,
    openKeys,
    isFinal: (key) => !movingKeys.has(key) && replicas.every((replica) => readFrom.get(key)?.has(replica) === true),
  };
}

interface KeyReads {
  readonly key: string;
  readonly newestFirst: readonly ReplicaCell[];
  /** What reads can show. */
  readonly visible: readonly ReplicaCell[];
  readonly readQuorum: number;
  readonly beganAt: number;
  readonly rounds: readonly Round[];
  readonly writes: readonly TrafficRecord[];
  readonly staleById: ReadonlyMap<number, StaleArrival>;
  readonly quorum: number;
}

/** Tokens start at 1; a register without a version, or never written under a fence, has 0. */
const tokenOf = (cell: ReplicaCell): number => cell.version?.[0] ?? 0;
const versionText = (cell: ReplicaCell): string => (cell.version === null ? 'nothing' : `version ${cell.version.join('.')}`);

/** A subset of R replicas whose newest cell is this one. */
function subsetShowing({ newestFirst, readQuorum }: KeyReads, cell: ReplicaCell): readonly string[] {
  const at = newestFirst.indexOf(cell);
  return newestFirst.slice(at, at + readQuorum).map(({ replica }) => replica);
}

const cellTable = ({ newestFirst }: KeyReads) =>
  Object.fromEntries(newestFirst.map(({ replica, version, value }) => [replica, { version, value }]));

/** A version names one value for ever; two values under one version mean that a register was decided twice. */
function checkOneValuePerVersion(read: KeyReads, findings: Findings): void {
  for (const [at, cell] of read.newestFirst.entries()) {
    const older = read.newestFirst[at + 1];
    if (older === undefined || cell.version === null || compareVersions(cell.version, older.version) !== 0) continue;
    if (isDeepStrictEqual(cell.value, older.value)) continue;
    findings.violation('one-value-per-version', {
      summary: `${cell.replica} and ${older.replica} hold different values of ${read.key} under the same ${versionText(cell)}.`,
      data: { key: read.key, cells: cellTable(read) },
    });
  }
}

/** What a quorum acknowledged under a token, every read shows: that write or a later one, never anything under a lower token. */
function checkAcknowledgedIsVisible(read: KeyReads, findings: Findings): void {
  let newest: { readonly token: number; readonly round: Round } | undefined;
  for (const round of read.rounds) {
    if (round.token === undefined || (newest !== undefined && round.token <= newest.token)) continue;
    const at = acknowledgedAt(round, read.quorum);
    if (at !== undefined && at < read.beganAt) newest = { token: round.token, round };
  }
  if (newest === undefined) return;
  for (const cell of read.visible) {
    if (tokenOf(cell) >= newest.token) continue;
    findings.violation('final-read-hides-acknowledged-write', {
      summary:
        `A read of ${read.key} through ${subsetShowing(read, cell).join(', ')} shows ${versionText(cell)} of ${cell.replica}, ` +
        `though ${newest.round.from}'s write under token ${newest.token} was acknowledged by ${[...newest.round.acceptedBy.keys()].join(', ')}.`,
      traffic: [...newest.round.acceptedBy.values()].map(({ id }) => id),
      data: {
        key: read.key,
        replica: cell.replica,
        token: cell.version?.[0] ?? null,
        higherToken: newest.token,
        subset: subsetShowing(read, cell),
        cells: cellTable(read),
      },
    });
  }
}

/**
 * A cell that only stale deliveries can have written was written after the fence, whatever the replica answered. Everything that could
 * have put it there legally is given the benefit of the doubt: writes without a fence (a read settling what it found), and writes whose
 * answer was never seen. A version's token may exceed the fence's, since a ballot must exceed what was promised before it. The version
 * must name the stale write's own proposer, or somebody else's write was missed.
 */
function checkNothingStaleIsHeld(read: KeyReads, findings: Findings): void {
  for (const cell of read.newestFirst) {
    if (cell.version === null) continue;
    const token = tokenOf(cell);
    const possible = read.writes.filter(
      (write) => write.to === cell.replica && (write.fencingToken === undefined || write.fencingToken <= token),
    );
    const stale = possible.flatMap((write) => (write.endedAt < read.beganAt ? (read.staleById.get(write.id) ?? []) : []));
    const culprit = stale.at(-1);
    if (culprit === undefined || culprit.token !== token || !proposedBy(cell.version, culprit.record.from)) continue;
    if (possible.some((write) => !stale.some(({ record }) => record.id === write.id) && !refused(write))) continue;
    const shown = read.visible.includes(cell);
    findings.violation(shown ? 'final-read-shows-stale-write' : 'stale-write-held', {
      summary:
        `${cell.replica} holds ${versionText(cell)} of ${read.key}, which only ${culprit.record.from}'s write under token ${culprit.token} can have put there, ` +
        `after ${cell.replica} had acknowledged token ${culprit.stored.token}` +
        (shown ? `; a read through ${subsetShowing(read, cell).join(', ')} shows it.` : '.'),
      traffic: [culprit.stored.witness.id, ...stale.map(({ record }) => record.id)],
      data: {
        replica: cell.replica,
        key: read.key,
        token: culprit.token,
        higherToken: culprit.stored.token,
        from: culprit.record.from,
        cells: cellTable(read),
      },
    });
  }
}

/**
 * Does what reads show depend on whom they ask, and if so, is it by an open write? The oldest visible cell is what every read shows at
 * least; each newer one with another value must come from a round that was never acknowledged and may have reached that replica.
 * Where the writes to a replica can't be told apart, or none of the version's proposer was seen, nothing is known and nobody is accused. While the
 * register is still written to, replicas that are not read at one instant differ by right.
 */
function differences(read: KeyReads, isQuiet: boolean): 'none' | 'open' | 'moving' | ReplicaCell {
  const oldest = read.visible.at(-1);
  const newer = read.visible.filter((cell) => !isDeepStrictEqual(cell.value, oldest?.value));
  if (newer.length === 0) return 'none';
  if (!isQuiet) return 'moving';
  return newer.find((cell) => !openWriteExplains(read, cell)) ?? 'open';
}

/** A proposer is a node, or one attempt of a node: `order-1` or `order-1~x7Qa.0`. */
function proposedBy(version: ReplicaCell['version'], node: string): boolean {
  return version?.[2].split('~', 1)[0] === node;
}

function openWriteExplains({ rounds, writes, quorum }: KeyReads, cell: ReplicaCell): boolean {
  const deliveries = writes.filter((write) => write.to === cell.replica && !refused(write));
  if (!deliveries.some((write) => proposedBy(cell.version, write.from)) || deliveries.some((write) => write.requestDigest === undefined))
    return true;
  return rounds.some((round) => round.possiblyHeldBy.has(cell.replica) && acknowledgedAt(round, quorum) === undefined);
}

function reportDifference(read: KeyReads, newer: ReplicaCell, findings: Findings): void {
  const oldest = read.visible.at(-1);
  if (oldest === undefined) return;
  findings.violation('final-reads-differ', {
    summary:
      `Reads of ${read.key} differ by who is asked: through ${subsetShowing(read, newer).join(', ')} they show ${versionText(newer)}, ` +
      `through ${subsetShowing(read, oldest).join(', ')} ${versionText(oldest)}, though every write that ${newer.replica} may hold was acknowledged.`,
    data: { key: read.key, replica: newer.replica, token: tokenOf(oldest), higherToken: tokenOf(newer), cells: cellTable(read) },
  });
}
