/** Shows a person what a run is doing: its phase, its operations as they complete, its faults. */
import { createProgress } from '../cli/progress.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { NEMESIS, type Operation } from '../history/index.ts';
import type { RunClock } from './clock.ts';
import type { RunIo } from './io.ts';
import type { SessionObserver } from './session-options.ts';

export function createObserver(config: ResolvedConfig, io: RunIo, clock: RunClock): SessionObserver & { stop(): void } {
  const counts = { ok: 0, fail: 0, info: 0 };
  let operations: readonly Operation[] = [];
  let counted = 0;
  let activeFaults: ReadonlySet<string> = new Set();
  const progress = createProgress(io, {
    quiet: config.quiet,
    verbose: config.verbose,
    sample: () => {
      for (; counted < operations.length; counted += 1) {
        const operation = operations[counted];
        if (operation !== undefined && operation.process !== NEMESIS && operation.type !== 'invoke') counts[operation.type] += 1;
      }
      return { elapsedMs: clock.now() / 1e6, ...counts, activeFaults: [...activeFaults] };
    },
  });
  return {
    phase: progress.phase,
    note: progress.note,
    watch: (sources) => {
      operations = sources.operations;
      activeFaults = sources.activeFaults;
    },
    stop: progress.stop,
  };
}
