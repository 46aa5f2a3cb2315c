/** `--fail-fast`: watches a run's history from a thread and calls back at the first violation. */
import { Worker } from 'node:worker_threads';
import type { FailFastMessage } from './fail-fast-worker.ts';

export interface FailFastOptions {
  readonly historyFile: string;
  readonly onViolation: (summary: string) => void;
  /** The watcher itself failed; the run goes on and is judged at its end as always. */
  readonly onError: (message: string) => void;
}

/** Starts at once; the function returned stops it. */
export function watchForViolation({ historyFile, onViolation, onError }: FailFastOptions): () => Promise<void> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./fail-fast-worker.${extension}`, import.meta.url), { workerData: { historyFile } });
  worker.on('message', ({ summary }: FailFastMessage) => onViolation(summary));
  worker.on('error', (error) => onError(error instanceof Error ? error.message : String(error)));
  return async () => {
    await worker.terminate();
  };
}
