/**
 * Runs in a thread of its own beside a run: reads the history file as it grows and asks again and again whether what is there so far can
 * still be explained. Linearizability is prefix-closed (Herlihy and Wing 1990, §3.2): a prefix without an explanation never gets one.
 */
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { type CheckLimits, checkLinearizable, models } from '../../checkers/index.ts';
import { registerOperations } from '../../checkers/linearizable/index.ts';
import { type Operation, parseOperation } from '../history/index.ts';

/** Posted once, when the history so far is invalid. */
export interface FailFastMessage {
  readonly summary: string;
}

const pollMs = 500;
/** The history must have grown by this share before it is judged again, so that all judging together costs a constant times the last. */
const growthShare = 0.1;
const limits: CheckLimits = { timeMs: 5000, memoryBytes: 512 * 1024 ** 2 };

const { historyFile } = workerData as { readonly historyFile: string };

async function watch(): Promise<void> {
  const file = await open(historyFile, 'r');
  const operations: Operation[] = [];
  const buffer = Buffer.alloc(1024 * 1024);
  let rest = '';
  let judged = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead > 0) {
      // A line break can't be part of another character in UTF-8, but a chunk can end inside one: keep bytes until the line is whole.
      rest += buffer.toString('latin1', 0, bytesRead);
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) operations.push(parseOperation(JSON.parse(Buffer.from(line, 'latin1').toString('utf8'))));
      continue;
    }
    if (operations.length > judged * (1 + growthShare)) {
      judged = operations.length;
      // What it contradicts is worked out once the run is over; to stop must not wait for it.
      const { verdict, summary } = checkLinearizable(registerOperations(operations), {
        model: models['cas-register'],
        limits,
        evidence: 'none',
      });
      if (verdict === 'invalid') {
        parentPort?.postMessage({ summary } satisfies FailFastMessage);
        return;
      }
    }
    await sleep(pollMs);
  }
}

await watch();
