/** Runs the check in a thread of its own, and turns every way it can end into an answer: done, malformed input, out of memory, out of time. */
import { Worker } from 'node:worker_threads';
import { modelNamed } from '../../../checkers/index.ts';
import { UsageError } from '../../config/index.ts';
import { modelNames } from './options.ts';
import { type CheckProgress, startProgress } from './progress.ts';
import type { CheckDone, CheckMessage, CheckRequest } from './protocol.ts';

/** The search looks at the clock itself; a thread that has not answered so long after its limit will not. */
const graceMs = 30_000;

export async function judge(request: CheckRequest, io: Parameters<typeof startProgress>[0], quiet: boolean): Promise<CheckDone> {
  const progress = startProgress(io, { quiet, timeLimitMs: request.question.timeMs });
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: request });
  try {
    return await outcomeOf(worker, request, progress);
  } finally {
    progress.stop();
    await worker.terminate();
  }
}

function outcomeOf(worker: Worker, request: CheckRequest, progress: CheckProgress): Promise<CheckDone> {
  const { file, question } = request;
  return new Promise((resolve, reject) => {
    let checking = false;
    let deadline: NodeJS.Timeout | undefined;
    const settle = (act: () => void): void => {
      clearTimeout(deadline);
      act();
    };
    worker.on('message', (message: CheckMessage) => {
      switch (message.kind) {
        case 'reading':
          progress.reading(message.characters);
          return;
        case 'checking':
          checking = true;
          progress.checking(message.operations);
          deadline = setTimeout(
            () => settle(() => resolve(undecided('time-limit', `Undecided after ${question.timeMs} ms, the time limit.`))),
            question.timeMs + graceMs,
          );
          return;
        case 'explaining':
          // The verdict is made; what is left has limits of its own.
          clearTimeout(deadline);
          progress.explaining();
          return;
        case 'malformed':
          settle(() => reject(malformed(file, message.line, message.message)));
          return;
        case 'unreadable':
          settle(() => reject(new UsageError({ code: 'history-unreadable', happened: `${file} cannot be read: ${message.message}` })));
          return;
        case 'done':
          settle(() => resolve(message));
      }
    });
    worker.on('error', (error: unknown) => {
      const exhausted = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const during = checking ? 'checking' : 'reading';
      settle(() =>
        exhausted
          ? resolve(undecided('memory-limit', `Undecided: memory ran out while ${during} ${file}.`))
          : reject(error instanceof Error ? error : new Error(String(error))),
      );
    });
    worker.on('exit', (code) => settle(() => reject(new Error(`the thread that checks left with ${code} without an answer`))));
  });
}

/** A line of the file is not what it should be. */
export function malformed(file: string, line: number | undefined, message: string): UsageError {
  const [, unknown] = /has no function ("[^"]*")/.exec(message) ?? [];
  if (unknown !== undefined) return unknownFunction(file, line, message, JSON.parse(unknown) as string);
  const at = line === undefined ? file : `${file}, line ${line}`;
  const [, expected, got] = /^(?:(expected .*?), (got .*))$/s.exec(message) ?? [];
  return new UsageError({
    code: 'history-unreadable',
    happened: expected === undefined ? `${at}: ${message}` : `${at}: ${got ?? ''}`,
    ...(expected === undefined
      ? { expected: 'a history: every invocation followed by at most one completion of the same process' }
      : { expected: expected.replace(/^expected /, '') }),
  });
}

function unknownFunction(file: string, line: number | undefined, message: string, f: string): UsageError {
  const fitting = modelNames.filter((name) => modelNamed(name)?.functions.includes(f));
  return new UsageError({
    code: 'history-unreadable',
    happened: `${file}${line === undefined ? '' : `, line ${line}`}: ${message}`,
    expected: 'a history of the operations of one model',
    ...(fitting.length === 0 ? {} : { advice: fitting.map((name) => `--model ${name}`).join(' or ') }),
  });
}

function undecided(kind: 'time-limit' | 'memory-limit', message: string): CheckDone {
  return {
    kind: 'done',
    format: 'jsonl',
    warnings: [],
    partition: 'key',
    result: {
      verdict: 'unknown',
      summary: message,
      examined: { operations: 0, ok: 0, fail: 0, info: 0, constraining: 0, partitions: 0, configurations: 0, mostHeld: 0 },
      reason: { kind, message },
    },
    readMs: 0,
    checkMs: 0,
  };
}
