/** Durations as people write them: `300` is seconds; `300s`, `5m`, `1h30m` and `1500ms` work too. */

const millisecondsPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Timers of Node.js fire at once when asked to wait longer than this. */
export const longestDurationMs = 2 ** 31 - 1;

export const durationSyntax = 'a duration such as 300 (seconds), 300s, 5m, 1h30m or 1500ms; more than zero and at most 24 days';

/** Whole milliseconds, or `undefined` when the text is no positive duration. A number alone is seconds. */
export function parseDurationMs(input: string | number): number | undefined {
  const text = String(input).trim();
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1_000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    totalMs += Number(amount) * (millisecondsPerUnit[unit ?? ''] ?? Number.NaN);
  }
  return bounded(totalMs);
}

function bounded(ms: number): number | undefined {
  const rounded = Math.round(ms);
  return rounded >= 1 && rounded <= longestDurationMs ? rounded : undefined;
}

/** The shortest spelling that reads back as the same duration. */
export function formatDuration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  if (ms % 1_000 === 0) return `${ms / 1_000}s`;
  return `${ms}ms`;
}
