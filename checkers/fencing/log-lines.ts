/** The structured log lines of fencing and election. */
import type { LogRecord } from '../../harness/history/index.ts';
import { numberField, stringField } from '../evidence/index.ts';

export interface Election {
  readonly scope: string;
  readonly token: number;
  readonly holder: string;
  readonly record: LogRecord;
}

export interface FenceRaise {
  readonly replica: string;
  readonly scope: string;
  /** Highest token the replica held before. */
  readonly from: number;
  readonly to: number;
  readonly record: LogRecord;
}

export interface FenceLog {
  readonly elections: readonly Election[];
  readonly raises: readonly FenceRaise[];
  /** The line by which a replica refused this token on this key, if there is one. */
  rejection(scope: string, replica: string, key: string, token: number): LogRecord | undefined;
  readonly rejectionCount: number;
}

function rejectionId(scope: string, replica: string, key: string, token: number): string {
  return JSON.stringify([scope, replica, key, token]);
}

export function readFenceLog(logs: readonly LogRecord[]): FenceLog {
  const elections: Election[] = [];
  const raises: FenceRaise[] = [];
  const rejections = new Map<string, LogRecord>();
  const electionLines = new Set<string>();
  let rejectionCount = 0;
  for (const record of logs) {
    const { fields } = record;
    const scope = stringField(fields, 'scope') ?? '';
    const token = numberField(fields, 'token');
    const replica = stringField(fields, 'replica') ?? record.node;
    switch (record.event) {
      case 'leader.elected': {
        if (token === undefined) break;
        // A line collected twice is one election: two elections of one node can't share the stamp as well as the words.
        const identity = JSON.stringify([record.node, record.wallMs, record.line]);
        if (record.wallMs !== undefined && electionLines.has(identity)) break;
        electionLines.add(identity);
        elections.push({ scope, token, holder: stringField(fields, 'holder') ?? record.node, record });
        break;
      }
      case 'fence.raised': {
        const from = numberField(fields, 'from');
        const to = numberField(fields, 'to');
        if (from !== undefined && to !== undefined) raises.push({ replica, scope, from, to, record });
        break;
      }
      case 'fence.rejected': {
        const key = stringField(fields, 'key');
        if (key === undefined || token === undefined) break;
        rejectionCount += 1;
        rejections.set(rejectionId(scope, replica, key, token), record);
        break;
      }
      default:
    }
  }
  return {
    elections,
    raises,
    rejection: (scope, replica, key, token) => rejections.get(rejectionId(scope, replica, key, token)),
    rejectionCount,
  };
}
