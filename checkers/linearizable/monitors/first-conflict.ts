/**
 * Finds the first return that can't be explained, with a monitor that judges a history cut off anywhere: what had not returned by then has
 * no known end.
 */

/**
 * Judges what came before position `end`. Returns -1 when it has an explanation; otherwise the position of a return by which there is
 * certainly a conflict (though there may be an earlier one).
 */
export type ConflictBefore = (end: number) => number;

/** The position of the first return that can't be explained, -1 when there is none. */
export function firstConflict(conflictBefore: ConflictBefore, length: number): number {
  let explained = 0;
  let bound = conflictBefore(length);
  // Usually the conflict that is found first is the first. Halving keeps the worst case at a logarithm of the length.
  while (bound !== -1) {
    const earlier = conflictBefore(bound);
    if (earlier === -1) return bound;
    const middle = (explained + earlier) >> 1;
    const halved = conflictBefore(middle);
    if (halved === -1) explained = middle;
    bound = halved === -1 ? earlier : halved;
  }
  return -1;
}
