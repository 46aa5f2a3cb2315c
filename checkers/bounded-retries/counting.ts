/** Counting sorted instants in windows, and telling a difference from noise. */

/** How many of `sorted` lie in [from, to). */
export function countIn(sorted: readonly number[], from: number, to: number): number {
  return lowerBound(sorted, to) - lowerBound(sorted, from);
}

/** How many of `sorted` lie in (after, upTo]: the window of a budget, which holds the instant it is asked at. */
export function countAfter(sorted: readonly number[], after: number, upTo: number): number {
  return upperBound(sorted, upTo) - upperBound(sorted, after);
}

function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Deviations beyond which a count is not explained by chance: once in 30,000 windows. */
export const beyondChance = 4;

/**
 * By how many standard deviations a count stays below `share` of a baseline count. Both are counts of independent arrivals, so both are uncertain
 * by their square roots; a baseline that was measured for a short time is not held against the pipeline.
 *
 * `scale` is the length of the window in lengths of the baseline.
 */
export function shortfall(count: number, baselineCount: number, scale: number, share: number): number {
  const wanted = share * baselineCount * scale;
  const variance = wanted + (share * scale) ** 2 * baselineCount;
  return variance === 0 ? 0 : (wanted - count) / Math.sqrt(variance);
}
