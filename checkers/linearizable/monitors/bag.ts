/**
 * Decides bags (unordered queues) whose values are each put in at most once: a value can be taken out once and after it was put in, and
 * there is nothing to take out only while no value is certainly in it.
 */
import { CollectionCut, type CollectionSpans } from './collection-spans.ts';

export const bagConflictBefore = (spans: CollectionSpans, end: number): number => new CollectionCut(spans, end).conflict;
