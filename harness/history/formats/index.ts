/**
 * Reads histories that this tool or another recorded: `history.jsonl`, Jepsen and Knossos EDN, and plain Jepsen log lines.
 *
 *     const { operations } = await readHistoryFile('runs/latest/history.jsonl')
 */

export { looksIndependent, splitIndependent } from './independent.ts';
export { HistoryFormatError } from './raw-operation.ts';
export { detectFormat, type HistoryFormat, type HistoryReading, parseHistory, readHistory, readHistoryFile } from './read.ts';
