/** What holds when nobody said otherwise. Help words them in `settings.ts`; a test compares. */
export const defaults = {
  target: 'reference',
  workload: 'orders',
  nemesis: ['none'],
  timeMs: 60_000,
  driver: 'local',
  sshPort: 22,
  sshNetwork: 'tunnel',
  sshNode: 'node',
  replicas: 3,
  leaseMs: 2_000,
  nodeMemoryMb: 512,
  nodeCpus: 1,
  inventoryConsistency: 'linearizable',
  reporters: ['list', 'junit', 'html'],
  runsDirectory: 'runs',
} as const;

/** The smallest quorum that meets itself: R + W > N when both are one. */
export function majorityOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}
