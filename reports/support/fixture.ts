/**
 * Whole runs for the tests of reports, made from a seed: a valid one, one where a replica doesn't fence, and one that proved too little.
 */
import type { FaultRecord, RunEvidence, RunWindow, TrafficRecord } from '../../harness/history/index.ts';
import type { OutcomeCounts, ReportInput } from '../types.ts';
import { generateLoad, type Load, millisecond, second, seededRandom } from './load.ts';
import { refundAskedTwice } from './lost-response.ts';
import { type PauseFootprint, pausedLeader, replicas } from './pause.ts';
import { generateSignals } from './signals.ts';
import { fixtureVerdict } from './verdicts.ts';

export interface FixtureOptions {
  readonly seed: number;
  readonly outcome: 'valid' | 'invalid' | 'unknown';
  readonly seconds: number;
  readonly ratePerSecond: number;
}

const startedAtIso = '2026-03-14T09:26:53.000Z';

export function fixtureInput(options: FixtureOptions): ReportInput {
  const { seed, outcome, seconds, ratePerSecond } = options;
  const random = seededRandom(seed);
  const windows = fixtureWindows(seconds);
  const pauses = fixturePauses(seconds, outcome === 'invalid' ? { unfencedReplica: 'replica-2' } : {});
  const storm = retryStorm(pauses.at(-1)?.fault.healedAt ?? 13 * second);
  const faults = [...pauses.map(({ fault }) => fault), storm];
  const load = generateLoad(random, 0, (seconds - 2) * second, ratePerSecond, faults);
  const refund = refundAskedTwice(14 * second);
  const traffic = numbered([...load.traffic, ...refund.traffic, ...pauses.flatMap((pause) => pause.traffic)]);
  const logs = pauses.flatMap((pause) => pause.logs);
  const evidence: RunEvidence = {
    history: load.history,
    traffic,
    logs,
    faults,
    windows,
    signals: generateSignals(random, 0, seconds * second, faults),
    ledger: { orders: [], payments: [refund.payment], stock: [], events: [], cells: pauses.flatMap((pause) => pause.cells), readQuorum: 2 },
    replicas,
    workload: 'orders',
    nemeses: ['pause-leader', 'retry-storm'],
  };
  const staleCalls = traffic.filter((call) => call.faults.includes('held')).map((call) => call.id);
  const verdict = fixtureVerdict(
    {
      refusals: logs,
      staleCalls,
      refundCalls: traffic.filter(({ idempotencyKey }) => idempotencyKey === refund.traffic[0]?.idempotencyKey).map(({ id }) => id),
      operations: [1200, 1201, 1202].filter((index) => index < load.history.length),
      ...(outcome === 'invalid' ? { unfencedReplica: 'replica-2' } : {}),
    },
    outcome === 'unknown',
  );
  return { verdict, evidence, run: fixtureSummary(options, load) };
}

function fixtureWindows(seconds: number): readonly RunWindow[] {
  const bounds = [0, 3, 13, seconds - 12, seconds - 2, seconds - 1, seconds].map((at) => at * second);
  const names = ['warm-up', 'clean-before', 'faults', 'clean-after', 'quiesce', 'final-reads'] as const;
  return names.map((name, index) => ({ name, from: bounds[index] ?? 0, to: bounds[index + 1] ?? 0 }));
}

function fixturePauses(seconds: number, options: { readonly unfencedReplica?: string }): readonly PauseFootprint[] {
  const startWallMs = Date.parse(startedAtIso);
  const pauses: PauseFootprint[] = [];
  for (let at = 15; at + 20 <= seconds - 12 || pauses.length === 0; at += 18)
    pauses.push(pausedLeader(pauses.length + 1, at * second, startWallMs, options));
  return pauses;
}

function retryStorm(after: number): FaultRecord {
  const startedAt = after + 2 * second;
  return {
    id: 'retry-storm-1',
    nemesis: 'retry-storm',
    targets: ['payment-1', 'payment-2'],
    startedAt,
    healedAt: startedAt + 5 * second,
    proofs: [{ claim: 'goodput fell below its baseline', holds: true, detail: '61 % of baseline' }],
    facts: {},
  };
}

function numbered(calls: readonly Omit<TrafficRecord, 'id'>[]): readonly TrafficRecord[] {
  return [...calls].sort((a, b) => a.endedAt - b.endedAt).map((call, id) => ({ ...call, id }));
}

function fixtureSummary({ seed, outcome, seconds, ratePerSecond }: FixtureOptions, load: Load): ReportInput['run'] {
  const ops: Record<string, OutcomeCounts> = {};
  for (const { f, type } of load.history) {
    if (type === 'invoke') continue;
    const before = ops[f] ?? { ok: 0, fail: 0, info: 0 };
    ops[f] = { ...before, [type]: before[type] + 1 };
  }
  const bug = outcome === 'invalid' ? { bug: 'fence-one-replica-skips' } : {};
  const flags = `--nemesis pause-leader,retry-storm --time ${seconds} --rate ${ratePerSecond} --seed ${seed}${outcome === 'invalid' ? ' --bug fence-one-replica-skips' : ''}`;
  return {
    name: 'orders',
    startedAtIso,
    durationMs: (seconds * second) / millisecond,
    seed,
    argv: ['test', ...flags.split(' ')],
    replayCommand: 'npx harness replay runs/orders/20260314T092653',
    versions: { seamproof: '0.1.0', node: '20.20.0', target: 'reference pipeline 0.1.0', platform: 'linux x64' },
    runDirectory: 'runs/orders/20260314T092653',
    nemeses: ['pause-leader', 'retry-storm'],
    workload: 'orders',
    ...bug,
    stats: { ops, opsPerSecond: load.history.length / 2 / seconds, missed: 0 },
    remarks: [],
    exitCode: { valid: 0, invalid: 1, unknown: 2 }[outcome],
  };
}
