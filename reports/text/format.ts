/**
 * Numbers and values as people read them. One place, so that the terminal and the page never disagree.
 */

const nanosecondsPerMillisecond = 1e6;
const nanosecondsPerSecond = 1e9;
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function formatCount(count: number): string {
  return Number.isFinite(count) ? grouped.format(count) : String(count);
}

/** `1 call`, `2 calls`: the plural is the singular with an s unless given. */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : many}`;
}

/** Nanoseconds since the run began, as `12.345 s`. */
export function formatInstant(timeNs: number): string {
  return `${(timeNs / nanosecondsPerSecond).toFixed(3)} s`;
}

/** A length of time in nanoseconds, with three digits that matter and the unit that suits them. */
export function formatLatency(durationNs: number): string {
  if (!Number.isFinite(durationNs)) return '–';
  const [value, unit] =
    durationNs < nanosecondsPerMillisecond
      ? [durationNs / 1e3, 'µs']
      : durationNs < nanosecondsPerSecond
        ? [durationNs / nanosecondsPerMillisecond, 'ms']
        : [durationNs / nanosecondsPerSecond, 's'];
  return `${threeDigits(value)} ${unit}`;
}

/** A duration in milliseconds, as `850 ms`, `12.3 s` or `5 min 12 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

export function formatRate(perSecond: number): string {
  return `${threeDigits(perSecond)}/s`;
}

/** A share of a whole. Never rounds a loss away: 99.99 % of a million is not "100 %". */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  if (part === whole || part === 0) return `${percent} %`;
  return `${Math.min(99.99, Math.max(0.01, percent)).toFixed(percent > 99 || percent < 1 ? 2 : 1)} %`;
}

/** `2026-03-01T10:20:30.000Z` as `1 Mar 2026, 10:20 UTC`; anything unreadable stays as it is. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(date);
  const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' }).format(date);
  return `${day}, ${minute} UTC`;
}

/** Plain JSON on one line, cut at `limit` characters. Strings stand without quotes when they are the whole value. */
export function formatValue(value: unknown, limit = 400): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return clip(text, limit);
}

/** Cut, saying how much is missing. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // A cut between the halves of a surrogate pair would leave half a character.
  const kept = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${formatCount(text.length - limit)} more characters)`;
}

function threeDigits(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(2, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return digits === 0 ? formatCount(Math.round(value)) : value.toFixed(digits);
}
