/**
 * The shared vocabulary: operations, records, verdicts and the error registry.
 * Every folder may import it; it imports nothing of ours.
 */
export * from './errors.ts';
export {
  detectFormat,
  type HistoryFormat,
  HistoryFormatError,
  type HistoryReading,
  looksIndependent,
  parseHistory,
  readHistoryFile,
  splitIndependent,
} from './formats/index.ts';
export * from './jsonl.ts';
export * from './operation.ts';
export * from './reader.ts';
export * from './recorder.ts';
export * from './records.ts';
export * from './storm.ts';
export * from './verdict.ts';
