/** Undoes what a run left on this host, should its agent not have done so by itself. */
import { existsSync, rmSync } from 'node:fs';
import { readJournal } from '../../journal.ts';
import { becomes, ProcessGroup } from '../../process-group.ts';
import { systemProcessTable } from '../../process-table.ts';
import { recoverRun } from '../../recover.ts';

/** An agent whose connection has ended is ending its nodes, each of which may take its time. */
const agentEndsMs = 15_000;

export async function undo(runDirectory: string): Promise<{ readonly ended: number; readonly left: readonly string[] }> {
  if (!existsSync(runDirectory)) return { ended: 0, left: [] };
  const run = readJournal(runDirectory)?.find(({ entry }) => entry === 'run');
  let agents = 0;
  if (run?.entry === 'run') {
    const agent = new ProcessGroup(systemProcessTable(), run);
    if (agent.leader() !== undefined) {
      agents = 1;
      process.kill(run.pid, 'SIGTERM');
      if (!(await becomes(() => agent.leader() === undefined, agentEndsMs))) process.kill(run.pid, 'SIGKILL');
      await becomes(() => agent.leader() === undefined, agentEndsMs);
    }
  }
  if (!existsSync(runDirectory)) return { ended: agents, left: [] };
  const { outcome, reason, ended, left } = await recoverRun(runDirectory);
  const stuck = [
    ...left.map(({ node, pid }) => `${node ?? 'process'} (process ${pid})`),
    ...(outcome === 'unreadable' ? [String(reason)] : []),
  ];
  if (outcome === 'harness-alive') stuck.push(`the agent (process ${run?.entry === 'run' ? run.pid : 'unknown'})`);
  if (stuck.length === 0) rmSync(runDirectory, { recursive: true, force: true });
  return { ended: ended.length + agents, left: stuck };
}
