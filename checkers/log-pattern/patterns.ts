/** What programs print when their own state is impossible, or when nobody was left to handle what went wrong. */

export interface LogPattern {
  /** What a match means, for the reader. */
  readonly meaning: string;
  readonly pattern: RegExp;
  /** The line stands at the end of the trace it belongs to, not at its head. */
  readonly endsTrace?: true;
}

/** An error that is handled, retried or reported to a caller is none of these. */
export const defaultLogPatterns: readonly LogPattern[] = [
  {
    meaning: 'memory that ran out or was damaged',
    pattern: /\bheap out of memory\b|\bsegmentation fault\b|\bdouble free or corruption\b/i,
  },
  // Go prints `panic: …` and `fatal error: …`, Rust `thread … panicked at …`.
  { meaning: 'a panic', pattern: /\bpanic(?:ked)?(?:: | at )|^fatal error: /i },
  { meaning: 'a failed assertion', pattern: /\bassert(?:ion)? (?:failed|failure)\b|\bAssertionError\b/i },
  { meaning: 'a broken invariant', pattern: /\binvariant (?:is |was )?(?:violated|broken)\b|\binvariant violation\b/i },
  { meaning: 'corrupted data', pattern: /\bdata corruption\b|\bcorrupt(?:ed)? (?:data|record|page|log)\b/i },
  {
    meaning: 'an exception nobody caught',
    pattern:
      /\bunca(?:ught|tched) exception\b|\bunhandled(?:promise)?rejection\b|\bunhandled (?:promise )?rejection\b|^Exception in thread "/i,
  },
  // With its version alone on a line, Node.js takes its leave after such an exception.
  { meaning: 'an exception nobody caught', pattern: /^Node\.js v\d+\.\d+\.\d+\s*$/, endsTrace: true },
];
