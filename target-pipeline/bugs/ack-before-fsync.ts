import type { AppendFile, Disk, Timers } from '../runtime/port.ts';
import type { Bug } from './bug.ts';

/** As with `appendfsync everysec` in Redis, or a journal that is committed now and then. */
const syncEveryMs = 1000;

function syncingLater(disk: Disk, timers: Timers): Disk {
  const later = (file: AppendFile): AppendFile => {
    let isPlanned = false;
    return {
      append: (bytes) => file.append(bytes),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      size: () => file.size(),
      close: () => file.close(),
      sync: async () => {
        if (isPlanned) return;
        isPlanned = true;
        timers.after(syncEveryMs, () => {
          isPlanned = false;
          // Nobody waits for it any more, so nobody hears that it failed.
          file.sync().catch(() => undefined);
        });
      },
    };
  };
  return { ...disk, openAppend: async (path) => later(await disk.openAppend(path)) };
}

export const ackBeforeFsync: Bug = {
  name: 'ack-before-fsync',
  description: 'A replica acknowledges what it has written before it is on the disk, which is synced once a second.',
  nemesis: 'lose-unsynced-writes:targets=all',
  workload: 'orders',
  caughtBy: 'acknowledged-loss',
  apply: (components) => ({ ...components, replicaDisk: syncingLater }),
};
