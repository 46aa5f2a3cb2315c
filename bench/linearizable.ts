/**
 * How fast linearizability is decided. Histories are generated from a seed and written to files, each is checked in a process of its own
 * (so that its peak memory is its own), and the table shows medians beside the bars.
 *
 *     node dist/bench/linearizable.js                         every row
 *     node dist/bench/linearizable.js --rows "unique"          rows whose name contains this
 *     node dist/bench/linearizable.js --keep histories/        keep the files, for another checker
 *     node dist/bench/linearizable.js --file h.jsonl --model cas-register   a history of your own
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { generateHistory } from './linearizable/histories.ts';
import { type Measurement, measure } from './linearizable/measure.ts';
import { type Row, rows } from './linearizable/rows.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    keep: { type: 'string' },
    file: { type: 'string', multiple: true },
    model: { type: 'string', default: 'cas-register' },
    /** What the process of one row is started with. */
    json: { type: 'boolean', default: false },
  },
});

if (options.file !== undefined) await measureFiles(options.file);
else await runTable();

async function measureFiles(files: readonly string[]): Promise<void> {
  const measurement = await measure({ files, model: options.model, runs: Number(options.runs) });
  process.stdout.write(options.json ? JSON.stringify(measurement) : `${JSON.stringify(measurement, undefined, 2)}\n`);
}

async function runTable(): Promise<void> {
  const folder = options.keep ?? mkdtempSync(path.join(tmpdir(), 'seamproof-bench-'));
  mkdirSync(folder, { recursive: true });
  const print = (...cells: string[]): void => {
    process.stdout.write(`${[(cells[0] ?? '').padEnd(64), ...cells.slice(1).map((cell) => cell.padStart(12))].join(' ')}\n`);
  };
  print('history', 'verdict', 'check ms', 'bar ms', 'slowest ms', 'read+check', 'evidence', 'peak MB');
  try {
    for (const row of rows.filter(({ name }) => name.includes(options.rows))) {
      const files = await filesOf(row, folder);
      if (files.length === 0) {
        print(row.name, 'absent');
        continue;
      }
      const { verdict, checkMs, slowestFileMs, endToEndMs, evidenceMs, peakMegabytes } = measureApart(row, files);
      const bar = `${checkMs <= row.barMs ? '' : '! '}${row.barMs}`;
      print(
        row.name,
        verdict,
        checkMs.toFixed(1),
        bar,
        slowestFileMs.toFixed(1),
        endToEndMs.toFixed(0),
        evidenceMs.toFixed(0),
        peakMegabytes.toFixed(0),
      );
      if (options.keep === undefined && 'shape' in row.source) for (const file of files) rmSync(file);
    }
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function measureApart(row: Row, files: readonly string[]): Measurement {
  const own = process.argv[1] as string;
  const args = [own, ...files.flatMap((file) => ['--file', file]), '--model', row.model, '--runs', options.runs, '--json'];
  return JSON.parse(execFileSync(process.execPath, ['--max-old-space-size=8192', ...args], { encoding: 'utf8', maxBuffer: 1e8 }));
}

/** Files of the row: generated now, or those of the corpora where they are at hand. */
async function filesOf({ name, source }: Row, folder: string): Promise<string[]> {
  if ('corpus' in source) {
    const corpora = process.env['SEAMPROOF_CORPORA'] ?? path.resolve(import.meta.dirname, '../../../shared/corpora');
    const at = path.join(corpora, source.corpus);
    if (!existsSync(at)) return [];
    return readdirSync(at)
      .filter((file) => source.matching.test(file))
      .map((file) => path.join(at, file));
  }
  const file = path.join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.jsonl`);
  const stream = createWriteStream(file);
  let batch = '';
  for (const operation of generateHistory(source.shape)) {
    batch += `${JSON.stringify(operation)}\n`;
    if (batch.length < 1 << 16) continue;
    if (!stream.write(batch)) await once(stream, 'drain');
    batch = '';
  }
  stream.end(batch);
  await finished(stream);
  return [file];
}
