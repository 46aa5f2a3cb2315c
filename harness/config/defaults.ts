/** What holds when nobody said otherwise. Help words them in `settings.ts`; a test compares. */
export const defaults = {
  target: 'reference',
  workload: 'orders',
  nemesis: ['none'],
  timeMs: 60_000,
  driver: 'local',
  replicas: 3,
  leaseMs: 2_000,
<<<<<<< HEAD
  nodeMemoryMb: 512,
  nodeCpus: 1,
=======
  inventoryConsistency: 'linearizable',
>>>>>>> 8df45bf (A run may ask for stock kept eventually; overselling is then counted, and a violation only when it was not taken back)
  reporters: ['list', 'junit', 'html'],
  runsDirectory: 'runs',
} as const;

/** The smallest quorum that meets itself: R + W > N when both are one. */
export function majorityOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}
