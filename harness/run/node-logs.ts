/** Reads what the nodes printed: structured lines as the target understands them, and every line for what must never be printed. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { scanOutput } from '../../checkers/log-pattern/index.ts';
import type { LogRecord, RunEvidence } from '../history/index.ts';
import type { Target } from '../targets/index.ts';

/** Of a longer line only the beginning is looked at: what prints without line ends must not fill the memory. */
export const longestLine = 1024 * 1024;

/** Node by node, in the order the lines were printed. */
export async function readNodeLogs(
  runDirectory: string,
  { parseLog }: Pick<Target, 'parseLog'>,
): Promise<Required<Pick<RunEvidence, 'logs' | 'output'>>> {
  const directory = path.join(runDirectory, 'logs');
  const logs: LogRecord[] = [];
  const output = [];
  for (const file of (await readdir(directory).catch(() => [])).sort()) {
    if (!file.endsWith('.log')) continue;
    const node = file.slice(0, -'.log'.length);
    const scan = scanOutput(node);
    for await (const line of linesOf(path.join(directory, file))) {
      scan.line(line);
      const record = parseLog(node, line);
      if (record !== undefined) logs.push(record);
    }
    output.push(scan.end());
  }
  return { logs, output };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 64 * 1024 })) {
    const lines = String(chunk).split('\n');
    lines[0] = rest + (lines[0] ?? '');
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) yield withoutReturn(line.slice(0, longestLine));
  }
  if (rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
