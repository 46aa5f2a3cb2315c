/**
 * Processes of a run that no group accounts for: started by a node in a session of their own, or by a harness that died before it noted the pid.
 */
import { becomes } from './process-group.ts';
import type { ProcessTable, ProcessView } from './process-table.ts';

const disappearMs = 5_000;

/** They are known by the run's id in their environment, which no other process has. */
export async function killStrays(
  table: ProcessTable,
  runId: string,
): Promise<{ readonly killed: readonly number[]; readonly left: readonly number[] }> {
  const strays = findStrays(table, runId);
  for (const { pid } of strays) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone by itself, or not ours to signal; the look below tells which.
    }
  }
  if (strays.length > 0) await becomes(() => findStrays(table, runId).length === 0, disappearMs);
  const left = findStrays(table, runId).map(({ pid }) => pid);
  return { killed: strays.map(({ pid }) => pid).filter((pid) => !left.includes(pid)), left };
}

function findStrays(table: ProcessTable, runId: string): readonly ProcessView[] {
  return table.all().filter((view) => view.pid !== process.pid && view.state !== 'dead' && view.belongsTo(runId));
}
