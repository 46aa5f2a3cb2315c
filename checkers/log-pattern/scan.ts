/**
 * Looks at every line a node prints, one after the other, and keeps only what has to be quoted: a node may print more than fits in memory.
 *
 *     const scan = scanOutput('order-1');
 *     for await (const line of lines) scan.line(line);
 *     const output = scan.end();
 */
import type { Complaint, NodeOutput } from '../../harness/history/index.ts';
import { defaultLogPatterns, type LogPattern } from './patterns.ts';

/** A person reads a handful of one kind; all are counted. */
const keptPerMeaning = 20;
const traceLines = 12;
const quotedCharacters = 2_000;

export interface OutputScan {
  /** `text` is without its line end. */
  line(text: string): void;
  end(): NodeOutput;
}

export function scanOutput(node: string, patterns: readonly LogPattern[] = defaultLogPatterns): OutputScan {
  const counts: Record<string, number> = {};
  const complaints: Complaint[] = [];
  /** Plain lines since the last structured one: a trace that ends with the line that gives it away. */
  let before: string[] = [];
  /** The trace that the lines after a complaint may go on with. */
  let after: string[] | undefined;
  let lines = 0;
  return {
    line(text) {
      lines += 1;
      const structured = text.startsWith('{');
      const quoted = text.length > quotedCharacters ? `${text.slice(0, quotedCharacters)}…` : text;
      const found = patterns.find(({ pattern }) => text.search(pattern) >= 0);
      if (found !== undefined) {
        const count = (counts[found.meaning] ?? 0) + 1;
        counts[found.meaning] = count;
        after = undefined;
        if (count <= keptPerMeaning) {
          after = [];
          complaints.push({ meaning: found.meaning, line: quoted, lineNumber: lines, before: found.endsTrace ? before : [], after });
        }
        before = [];
        return;
      }
      const belongs = after !== undefined && /^\s+\S/.test(text) && after.length < traceLines;
      if (belongs) after?.push(quoted);
      else after = undefined;
      if (structured) before = [];
      else if (!belongs && text.trim() !== '') before = [...before.slice(1 - traceLines), quoted];
    },
    end: () => ({ node, lines, counts, complaints }),
  };
}
