/**
 * What the thread that checks says to the one that waits. Checking is one long computation: in a thread of its own it can be shown, interrupted
 * and, should it eat all memory, survived.
 */
import type { LinearizabilityResult } from '../../../checkers/index.ts';
import type { Story } from '../../../reports/index.ts';
import type { HistoryFormat } from '../../history/formats/index.ts';
import type { CheckQuestion, Partitioning } from './options.ts';

export interface CheckRequest {
  readonly file: string;
  readonly format?: HistoryFormat;
  /** Leave out what the model doesn't know and what has no key: a run's history holds more than registers. */
  readonly onlyKnown: boolean;
  readonly question: CheckQuestion;
}

export interface CheckDone {
  readonly kind: 'done';
  readonly format: HistoryFormat;
  readonly warnings: readonly string[];
  /** How the history was cut into objects, by choice or as its values showed. */
  readonly partition: Partitioning;
  readonly result: LinearizabilityResult;
  /** Line of the operation that makes it no history, when that is the reason. */
  readonly problemLine?: number;
  readonly story?: Story;
  readonly readMs: number;
  readonly checkMs: number;
}

export type CheckMessage =
  | { readonly kind: 'reading'; readonly characters: number }
  | { readonly kind: 'checking'; readonly operations: number }
  | { readonly kind: 'explaining' }
  | { readonly kind: 'malformed'; readonly line: number; readonly message: string }
  | { readonly kind: 'unreadable'; readonly message: string }
  | CheckDone;
