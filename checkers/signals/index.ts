/**
 * Signals: which of the pipeline's own metrics would have told of each fault, how soon, and how long before a customer noticed.
 *
 * It says how good the signals are, not the pipeline, so it is never `invalid`. A signal that also raised an alarm while nothing was wrong is not trusted:
 * somebody would have silenced it.
 */
import type { CheckResult, Evidence, FaultRecord, RunEvidence } from '../../harness/history/index.ts';
import type { Checker } from '../checker.ts';
import { type Alarm, alarmsIn, type Baseline, cleanAlarms, cleanWindows, normalOf, thresholdOf } from './alarm.ts';
import { noticedAt } from './customers.ts';
import { readSignals, type Signal } from './readings.ts';

const question = 'Which signal would have caught each failure first, and how long before a customer noticed?';

export const signals: Checker = { name: 'signals', question, subject: 'run', applies: canTell, check: checkSignals };

function canTell({ faults, signals: samples, windows }: RunEvidence): boolean {
  const clean = cleanWindows(windows);
  return faults.length > 0 && samples.some(({ time }) => clean.some(({ from, to }) => time >= from && time < to));
}

/** A signal with what is normal for it, and when it was not. */
interface Judged {
  readonly signal: Signal;
  readonly baseline: Baseline;
  readonly falseAlarms: number;
  readonly alarms: readonly Alarm[];
}

export function checkSignals(evidence: RunEvidence): CheckResult {
  const { faults, windows, history } = evidence;
  const { signals: read, interval } = readSignals(evidence.signals);
  const judged = read.flatMap((signal): readonly Judged[] => {
    const baseline = normalOf(signal, windows);
    if (baseline === undefined) return [];
    return [{ signal, baseline, falseAlarms: cleanAlarms(signal, windows, baseline), alarms: alarmsIn(signal, signal.readings, baseline) }];
  });
  const noticed = noticedAt(history, windows);
  const stories = faults.map((fault) => storyOf(fault, horizonOf(fault, evidence), judged, noticed, interval));
  const caught = stories.filter(({ first }) => first.length > 0).length;
  const examined = {
    samples: evidence.signals.length,
    signals: judged.length,
    faults: faults.length,
    caught,
    missed: faults.length - caught,
    trustedSignals: judged.filter(({ falseAlarms }) => falseAlarms === 0).length,
  };
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: judged.length === 0 ? [] : [...stories.map(({ evidence: told }) => told), tableOf(judged, stories)],
  });
  if (evidence.signals.length === 0) return result('unknown', 'No signal was sampled.');
  if (judged.length === 0)
    return result('unknown', 'No signal was sampled often enough while nothing was wrong, so nobody knows what is normal.');
  if (faults.length === 0) return result('unknown', 'There was no fault to catch.');
  return result(
    'valid',
    `${caught} of ${faults.length} faults were caught by a signal that raised no false alarm. ${stories[0]?.evidence.summary ?? ''}`.trim(),
  );
}

interface Horizon {
  readonly from: number;
  readonly to: number;
}

/** A fault can be caught until the next one begins, or the time after all faults that counts as clean. */
function horizonOf({ startedAt, healedAt = startedAt }: FaultRecord, { faults, windows }: RunEvidence): Horizon {
  const next = faults.map((fault) => fault.startedAt).filter((at) => at > startedAt && at >= healedAt);
  const clean = windows.filter(({ name, from }) => name === 'clean-after' && from > startedAt).map(({ from }) => from);
  return { from: startedAt, to: Math.min(...next, ...clean, Number.POSITIVE_INFINITY) };
}

interface Story {
  /** The trusted signals that caught it first: several when they are closer than a sampling interval. */
  readonly first: readonly string[];
  /** Milliseconds from the injection to the alarm, by signal; only those that raised one. */
  readonly detectedMs: ReadonlyMap<string, number>;
  readonly evidence: Evidence;
}

function storyOf(
  fault: FaultRecord,
  { from, to }: Horizon,
  judged: readonly Judged[],
  noticed: readonly number[],
  interval: number,
): Story {
  const detectedMs = new Map<string, number>();
  const trusted = new Map<string, number>();
  for (const { signal, alarms, falseAlarms } of judged) {
    // One that was raised before the fault says nothing of it.
    const alarm = alarms.find(({ beganAt, raisedAt }) => beganAt >= from && raisedAt < to);
    if (alarm === undefined) continue;
    detectedMs.set(signal.name, (alarm.raisedAt - from) / 1e6);
    if (falseAlarms === 0) trusted.set(signal.name, (alarm.raisedAt - from) / 1e6);
  }
  const soonestMs = Math.min(...trusted.values());
  const first = [...trusted].filter(([, ms]) => ms - soonestMs < interval / 1e6).map(([name]) => name);
  const customer = noticed.find((at) => at >= from && at < to);
  const customerMs = customer === undefined ? undefined : (customer - from) / 1e6;
  return {
    first,
    detectedMs,
    evidence: {
      kind: 'context',
      summary: sentenceOf(fault.id, first, soonestMs, customerMs),
      data: {
        fault: fault.id,
        nemesis: fault.nemesis,
        injectedAt: from,
        first,
        firstMs: first.length === 0 ? null : soonestMs,
        customerMs: customerMs ?? null,
        leadMs: first.length === 0 || customerMs === undefined ? null : customerMs - soonestMs,
        detectedMs: Object.fromEntries(judged.map(({ signal }) => [signal.name, detectedMs.get(signal.name) ?? null])),
      },
    },
  };
}

function sentenceOf(faultId: string, first: readonly string[], soonestMs: number, customerMs: number | undefined): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const customers = customerMs === undefined ? 'no customer noticed' : `a customer would have noticed after ${seconds(customerMs)}`;
  if (first.length === 0) return `${faultId} was caught by no signal that is free of false alarms; ${customers}.`;
  const who = first.map((name) => (name === 'up' ? 'up (a node did not answer)' : name)).join(' and ');
  const lead =
    customerMs === undefined
      ? ''
      : customerMs >= soonestMs
        ? `, ${seconds(customerMs - soonestMs)} later`
        : `, ${seconds(soonestMs - customerMs)} earlier`;
  return `${faultId} would have been caught first by ${who}, ${seconds(soonestMs)} after it began${first.length > 1 ? ' (a tie)' : ''}; ${customers}${lead}.`;
}

function tableOf(judged: readonly Judged[], stories: readonly Story[]): Evidence {
  const rows = judged.map(({ signal, baseline, falseAlarms }) => {
    const detected = stories.filter(({ detectedMs }) => detectedMs.has(signal.name)).length;
    return {
      signal: signal.name,
      mean: baseline.mean,
      deviation: baseline.deviation,
      threshold: thresholdOf(signal, baseline),
      cleanReadings: baseline.readings,
      cleanAlarms: falseAlarms,
      detected,
      missed: stories.length - detected,
      first: stories.filter(({ first }) => first.includes(signal.name)).length,
    };
  });
  const noisy = rows.filter(({ cleanAlarms: alarms }) => alarms > 0).map(({ signal }) => signal);
  return {
    kind: 'context',
    summary: `Of ${rows.length} signals ${noisy.length === 0 ? 'none raised an alarm' : `${noisy.length} raised alarms (${noisy.join(', ')})`} while nothing was wrong.`,
    data: { signals: rows },
  };
}
