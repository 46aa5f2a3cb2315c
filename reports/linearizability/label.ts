/** An operation in a few characters: `write(2)`, `read → 4`, `cas(1 → 3) → failed`. */
import type { Operation } from '../../harness/history/index.ts';

export type Outcome = 'ok' | 'fail' | 'info';

export function outcomeOf(completion: Operation | undefined): Outcome {
  return completion === undefined || completion.type === 'invoke' ? 'info' : completion.type;
}

/** A value on one line; `nothing` for null would hide that null was returned, so it stays `null`. */
export function valueText(value: unknown): string {
  return JSON.stringify(value ?? null);
}

const observers: ReadonlySet<string> = new Set(['read', 'get', 'dequeue', 'pop', 'contains', 'txn']);

/** It changes nothing, whatever its result. */
export function onlyObserves({ f }: Operation): boolean {
  return f === 'read' || f === 'get' || f === 'contains';
}

export function callLabel(invocation: Operation, completion: Operation | undefined): string {
  const outcome = outcomeOf(completion);
  const { f, value: input } = invocation;
  const suffix = outcome === 'fail' ? ' → failed' : outcome === 'info' ? ' → ?' : '';
  if (f === 'cas' && Array.isArray(input) && input.length === 2) {
    return `cas(${valueText(input[0])} → ${valueText(input[1])})${suffix}`;
  }
  const output = completion?.value ?? null;
  const observes = observers.has(f);
  const argument = input === null || input === undefined || (observes && f !== 'contains' && f !== 'txn') ? '' : valueText(input);
  const name = argument === '' && observes ? f : `${f}(${argument})`;
  if (suffix !== '') return `${name}${suffix}`;
  // A result that only repeats the argument, or says nothing, is left out.
  const repeats = valueText(output) === valueText(input);
  return observes || !(output === null || repeats) ? `${name} → ${valueText(output)}` : name;
}
