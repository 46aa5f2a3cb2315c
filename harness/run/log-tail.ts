/** The last lines that a node printed: what a person looks at first when it is gone. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';

const tailBytes = 4096;
const tailLines = 5;

/** None when there is no log, or nothing in it. */
export function lastLogLines(runDirectory: string, node: string): readonly { readonly node: string; readonly line: string }[] {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path.join(runDirectory, 'logs', `${node}.log`), 'r');
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8').split('\n');
    // The first was cut where the tail begins.
    if (size > tailBytes) lines.shift();
    return lines
      .filter((line) => line !== '')
      .slice(-tailLines)
      .map((line) => ({ node, line }));
  } catch {
    return [];
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
