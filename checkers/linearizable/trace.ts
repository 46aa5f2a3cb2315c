/**
 * How a configuration came about, kept only when evidence is wanted: a list of what was done, newest first, that shares its tails.
 */
export interface Trace {
  readonly operation: number;
  /**
   * - `applied`: took effect (or was seen) after everything before it.
   * - `slipped-in`: took effect just before the last overwrite, after what else was slipped in there.
   * - `excused`: it could have taken effect here unseen; it did so unless it is applied or slipped in later.
   * - `excused-before`: the same, just before the last overwrite.
   */
  readonly how: 'applied' | 'slipped-in' | 'excused' | 'excused-before';
  readonly overwrites: boolean;
  readonly previous: Trace | undefined;
}

/** The operations of a trace in the order in which they would have taken effect. */
export function linearization(newest: Trace | undefined): number[] {
  const steps: Trace[] = [];
  for (let trace = newest; trace !== undefined; trace = trace.previous) steps.push(trace);
  steps.reverse();
  const settled = new Set(steps.filter((step) => step.how === 'applied' || step.how === 'slipped-in').map((step) => step.operation));
  const order: number[] = [];
  let lastOverwrite = 0;
  for (const { operation, how, overwrites } of steps) {
    if ((how === 'excused' || how === 'excused-before') && settled.has(operation)) continue;
    settled.add(operation);
    if (how === 'applied' || how === 'excused') {
      if (overwrites && how === 'applied') lastOverwrite = order.length;
      order.push(operation);
    } else {
      order.splice(lastOverwrite, 0, operation);
      lastOverwrite++;
    }
  }
  return order;
}
