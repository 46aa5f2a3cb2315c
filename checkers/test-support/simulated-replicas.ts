/**
 * Replicas as they should be, on a virtual clock: whatever a network and restarts do to the calls, what they leave behind is evidence of
 * right behaviour, and a checker that accuses them is wrong.
 */
import { compareVersions, type LogRecord, type ReplicaCell, type RunEvidence, type TrafficRecord } from '../../harness/history/index.ts';
import { evidenceOf, ledgerOf, logOf } from './evidence.ts';

/** What one replica is sent of a call, and when. Delays add up: handed over, decided, answered. */
export interface Delivery {
  readonly fate: 'answered' | 'answer-lost' | 'never-sent';
  readonly handOverDelay: number;
  readonly decisionDelay: number;
  readonly answerDelay: number;
  /** Would a restart between the decision and the answer keep it? What was answered is kept always. */
  readonly durableEarly: boolean;
}

export interface LeaderCall {
  readonly kind: 'replica-write' | 'replica-fence';
  readonly at: number;
  /** A leader's token is its own for ever, and it may go on calling long after it was deposed. */
  readonly token: number;
  readonly key: string;
  readonly deliveries: readonly Delivery[];
}

export interface Simulation {
  readonly replicas: number;
  readonly readQuorum: number;
  readonly calls: readonly LeaderCall[];
  readonly restarts: readonly { readonly replica: number; readonly at: number }[];
  /** Replicas that take any token, to show that a wrong one is found. */
  readonly unfenced: ReadonlySet<number>;
}

type Step =
  | { readonly type: 'restart'; readonly at: number }
  | { readonly type: 'call'; readonly at: number; readonly call: LeaderCall; readonly sequence: number; readonly delivery: Delivery };

interface Durable {
  readonly until: number;
  readonly token: number;
  readonly cell?: { readonly key: string; readonly version: NonNullable<ReplicaCell['version']>; readonly value: unknown };
}

export function simulate({ replicas, readQuorum, calls, restarts, unfenced }: Simulation): RunEvidence {
  const names = Array.from({ length: replicas }, (_, index) => `replica-${index + 1}`);
  const traffic: Omit<TrafficRecord, 'id'>[] = [];
  const logs: LogRecord[] = [];
  const cells: ReplicaCell[] = [];
  for (const [index, replica] of names.entries()) {
    const steps: Step[] = [
      ...restarts.filter((restart) => restart.replica === index).map(({ at }): Step => ({ type: 'restart', at })),
      ...calls.flatMap((call, sequence): Step[] => {
        const delivery = call.deliveries[index];
        return delivery === undefined
          ? []
          : [{ type: 'call', at: call.at + delivery.handOverDelay + delivery.decisionDelay, call, sequence, delivery }];
      }),
    ];
    const restartTimes = steps.filter(({ type }) => type === 'restart').map(({ at }) => at);
    let done: Durable[] = [];
    for (const step of steps.sort((a, b) => a.at - b.at)) {
      if (step.type === 'restart') {
        done = done.filter(({ until }) => until < step.at);
        continue;
      }
      const { call, delivery, sequence } = step;
      const answeredAt = step.at + delivery.answerDelay;
      const cutOff = restartTimes.some((at) => at >= step.at && at <= answeredAt);
      const record = recordOf(call, replica, sequence);
      if (delivery.fate === 'never-sent') {
        traffic.push({ ...record, endedAt: call.at + delivery.handOverDelay, outcome: 'callee-refused' });
        continue;
      }
      const forwardedAt = call.at + delivery.handOverDelay;
      const highest = done.reduce((most, { token }) => Math.max(most, token), 0);
      const answer = decide(call, sequence, highest, done, unfenced.has(index));
      if (answer.status !== 412) {
        if (call.token > highest) logs.push(logOf(replica, 'fence.raised', { replica, scope: 'orders', from: highest, to: call.token }));
        const until = delivery.durableEarly ? Number.NEGATIVE_INFINITY : cutOff ? Number.POSITIVE_INFINITY : answeredAt;
        done.push({ until, token: call.token, ...(answer.cell === undefined ? {} : { cell: answer.cell }) });
      } else logs.push(logOf(replica, 'fence.rejected', { replica, scope: 'orders', key: call.key, token: call.token, highest }));
      if (delivery.fate === 'answer-lost' || cutOff)
        traffic.push({ ...record, forwardedAt, endedAt: answeredAt, outcome: 'callee-closed' });
      else {
        const problem = answer.status === 412 ? { problem: 'fenced' } : answer.status === 409 ? { problem: 'ballot-conflict' } : {};
        traffic.push({
          ...record,
          forwardedAt,
          respondedAt: answeredAt,
          endedAt: answeredAt,
          outcome: 'completed',
          status: answer.status,
          ...problem,
        });
      }
    }
    for (const key of new Set(calls.map((call) => call.key))) {
      const newest = newestCell(done, key);
      cells.push({ replica, key, version: newest?.version ?? null, value: newest?.value ?? null });
    }
  }
  return evidenceOf({
    replicas: names,
    traffic: traffic.sort((a, b) => a.endedAt - b.endedAt).map((record, id) => ({ id, ...record })),
    logs,
    ledger: ledgerOf({ cells, readQuorum }),
    nemeses: ['pause-leader'],
  });
}

function newestCell(done: readonly Durable[], key: string): Durable['cell'] {
  return done.reduce<Durable['cell']>(
    (newest, { cell }) => (cell?.key === key && compareVersions(cell.version, newest?.version ?? null) > 0 ? cell : newest),
    undefined,
  );
}

function decide(
  call: LeaderCall,
  sequence: number,
  highest: number,
  done: readonly Durable[],
  unfenced: boolean,
): { readonly status: 200 | 409 | 412; readonly cell?: NonNullable<Durable['cell']> } {
  if (call.token < highest && !unfenced) return { status: 412 };
  if (call.kind === 'replica-fence') return { status: 200 };
  const version = [call.token, sequence + 1, `order-${call.token}`] as const;
  if (compareVersions(version, newestCell(done, call.key)?.version ?? null) < 0) return { status: 409 };
  return { status: 200, cell: { key: call.key, version, value: `value-${sequence}` } };
}

function recordOf(call: LeaderCall, replica: string, sequence: number): Omit<TrafficRecord, 'id' | 'endedAt' | 'outcome'> {
  const from = `order-${call.token}`;
  return {
    edge: `${from}->${replica}`,
    from,
    to: replica,
    method: 'POST',
    path: `/${call.kind}`,
    kind: call.kind,
    key: call.key,
    fenceScope: 'orders',
    fencingToken: call.token,
    requestDigest: `round-${sequence}`,
    requestBytes: 1,
    responseBytes: 1,
    receivedAt: call.at,
    faults: [],
  };
}
