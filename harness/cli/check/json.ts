/** The answer for a program: one object, `schemaVersion` 1. Operations are named by index, with their lines where the story holds them. */
import { exitCodeForVerdict } from '../../config/index.ts';
import type { Answer } from './words.ts';

export function jsonAnswer({ file, question, done }: Answer): string {
  const { format, warnings, result, story, readMs, checkMs, partition } = done;
  const { verdict, summary, examined, reason, key, firstImpossible, longestPartials, minimalSubHistory, minimal, abortedReads } = result;
  const { model, initial, nilReads, failedCas, timeMs, memoryBytes, workers } = question;
  const evidence = {
    key,
    firstImpossible,
    /** What the impossible operation could have met instead, whatever the order. */
    allowed: story?.allowed,
    minimalSubHistory,
    minimal,
    longestPartials,
    abortedReads,
    operations: story?.calls,
  };
  return `${JSON.stringify({
    schemaVersion: 1,
    verdict,
    summary,
    exitCode: exitCodeForVerdict(verdict, { allowUnknown: false }),
    file,
    format,
    model,
    options: {
      initial: initial ?? null,
      nilReads,
      failedCas,
      partition,
      timeLimitMs: timeMs,
      memoryLimitBytes: memoryBytes,
      workers: workers ?? null,
    },
    examined,
    ...(reason === undefined ? {} : { reason: { kind: reason.kind, message: reason.message } }),
    warnings,
    ...(verdict === 'invalid' ? { evidence } : {}),
    timings: { readMs: rounded(readMs), checkMs: rounded(checkMs), peakMemoryBytes: process.resourceUsage().maxRSS * 1024 },
  })}\n`;
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
