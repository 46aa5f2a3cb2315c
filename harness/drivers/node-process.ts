/**
 * One life of a node: a process of its own session and group, whose output goes straight to the node's log.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Journal } from './journal.ts';
import { ProcessGroup } from './process-group.ts';
import { type ProcessTable, runIdVariable } from './process-table.ts';
import type { NodeSpec } from './types.ts';

export interface NodeProcess {
  readonly pid: number;
  readonly group: ProcessGroup;
  /** Settles when the group's first process has exited; never rejects. */
  readonly exited: Promise<string>;
}

/** execa hands any file descriptor on, as node:child_process does; its types name only the lowest. */
type AnyDescriptor = 3;

/** Throws when the process can't be started. It is in the journal by then in any case. */
export async function startNodeProcess(node: NodeSpec, runDirectory: string, journal: Journal, table: ProcessTable): Promise<NodeProcess> {
  const [executable, ...args] = node.argv;
  if (executable === undefined) throw new Error(`Cannot start ${node.name}: its argv is empty; the first element must be an executable.`);
  const logFile = path.join(runDirectory, 'logs', `${node.name}.log`);
  mkdirSync(path.dirname(logFile), { recursive: true });
  // The node holds the file itself: its output costs the harness nothing and survives it.
  const log = openSync(logFile, 'a') as AnyDescriptor;
  try {
    journal.append({ entry: 'starting', node: node.name });
    const child = execa(executable, args, {
      detached: true,
      cleanup: false,
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stdout: log,
      stderr: log,
      extendEnv: false,
      env: environmentOf(node, journal.runId),
    });
    const { pid } = child;
    if (pid === undefined) {
      const { message } = (await child) as { readonly message?: string };
      throw new Error(`Cannot start ${node.name}: ${message ?? executable}`);
    }
    // Its own parent hasn't waited for it yet, so the process is in the table even if it has exited already.
    const startTime = table.view(pid)?.startTime ?? '';
    journal.append({ entry: 'started', node: node.name, pid, startTime });
    const exited = child.then(({ signal, exitCode }) => signal ?? String(exitCode ?? 'unknown'));
    return { pid, group: new ProcessGroup(table, { pid, startTime, runId: journal.runId }), exited };
  } finally {
    closeSync(log);
  }
}

/** The harness's own environment, except what is meant for the harness alone: two processes can't share a debugger's port. */
function environmentOf(node: NodeSpec, runId: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[0] !== 'NODE_OPTIONS' && pair[1] !== undefined,
  );
  return { ...Object.fromEntries(inherited), ...node.env, [runIdVariable]: runId };
}
