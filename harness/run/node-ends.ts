/** Notices nodes that end by themselves, and remarks on each with the last it printed. */
import { lastLogLines } from './log-tail.ts';
import type { Stage } from './stage.ts';

export interface NodeEnds {
  /** How a node ended, if it did so by itself. */
  of(node: string): string | undefined;
  stop(): void;
}

export function watchNodeEnds({ apparatus, remarks, runDirectory }: Stage): NodeEnds {
  const ends = new Map<string, string>();
  const stop = apparatus.driver.onExit((node, { exit, expected }) => {
    if (expected) return;
    ends.set(node, exit);
    remarks.add({ text: `${node} ended by itself (${exit})`, spoils: true, logLines: lastLogLines(runDirectory, node) });
  });
  return { of: (node) => ends.get(node), stop };
}
