/**
 * Is a history of appends to one list, and reads of all of it, linearizable? The final list is the order in which appends took effect, so
 * nothing has to be searched for: the order must contain what was acknowledged and nothing that was refused, once, and agree with real time.
 */
export interface ListOperation {
  readonly id: string;
  readonly kind: 'append' | 'read';
  readonly invokedMs: number;
  /** Infinite when it never returned. */
  readonly returnedMs: number;
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** The list that a read gave, or that an append says it made. */
  readonly list?: readonly string[];
}

/** What is wrong, one sentence each; empty when it is linearizable. */
export function listViolations(operations: readonly ListOperation[], final: readonly string[]): readonly string[] {
  const position = new Map(final.map((id, index) => [id, index]));
  const violations: string[] = [];
  if (position.size !== final.length) violations.push(`an append took effect twice: ${final.join(' ')}`);
  for (const { id, kind, outcome, list } of operations) {
    if (kind === 'append' && outcome === 'refused' && position.has(id)) violations.push(`${id} was refused, and took effect`);
    if (kind === 'append' && outcome === 'done' && !position.has(id)) violations.push(`${id} was acknowledged, and is lost`);
    if (list?.some((seen, index) => final[index] !== seen)) violations.push(`${id} saw ${list.join(' ')}, no prefix of ${final.join(' ')}`);
    if (kind === 'append' && list !== undefined && list.at(-1) !== id)
      violations.push(`${id} says that it made a list that does not end with it`);
  }
  // In real time: whatever returned earlier is seen by whatever began later. An append stands at its position; a read behind what it saw.
  const standing = operations.flatMap((operation) => {
    const at =
      operation.kind === 'read' ? (operation.list === undefined ? undefined : operation.list.length - 0.5) : position.get(operation.id);
    return at === undefined ? [] : [{ ...operation, at }];
  });
  for (const earlier of standing) {
    if (earlier.outcome !== 'done') continue;
    for (const later of standing) {
      if (later.invokedMs > earlier.returnedMs && later.at < earlier.at)
        violations.push(`${later.id} began after ${earlier.id} had returned, and stands before it`);
    }
  }
  return violations;
}
