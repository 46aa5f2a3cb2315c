/**
 * How fast linearizability is decided. Histories are generated from a seed and written to files, each is checked in a process of its own
 * (so that its peak memory is its own), and the table shows medians beside the bars.
 *
 *     node dist/bench/linearizable.js                         every row
 *     node dist/bench/linearizable.js --rows unique            rows whose name contains this
 *     node dist/bench/linearizable.js --keep histories/        keep the files, for another checker
 *     node dist/bench/linearizable.js --chart growth.svg       how cost grows from a thousand operations to a million, as a chart
 *     node dist/bench/linearizable.js --file h.jsonl --model cas-register    a history of your own
 *     node dist/bench/linearizable.js --write h.jsonl --workload stack --operations 5000 --clients 20 --lost 0.01
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { growthChart, type Point } from './linearizable/chart.ts';
import { generateHistory, type HistoryShape, isWorkload } from './linearizable/histories.ts';
import { type Measurement, measure } from './linearizable/measure.ts';
import { growth, type Row, rows } from './linearizable/rows.ts';
import { head, rowOf } from './linearizable/table.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '' },
    runs: { type: 'string', default: '3' },
    keep: { type: 'string' },
    chart: { type: 'string' },
    file: { type: 'string', multiple: true },
    model: { type: 'string', default: 'cas-register' },
    write: { type: 'string' },
    workload: { type: 'string', default: 'cas-register' },
    operations: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '10' },
    keys: { type: 'string', default: '1' },
    values: { type: 'string' },
    lost: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    /** Where in the history a stale read is planted, for example 0.9. */
    stale: { type: 'string' },
    /** What the process of one row is started with. */
    json: { type: 'boolean', default: false },
  },
});

if (options.file !== undefined) await measureFiles(options.file);
else if (options.write !== undefined) await writeHistory(options.write, shapeAsked());
else if (options.chart !== undefined) await drawGrowth(options.chart);
else await printTable();

async function measureFiles(files: readonly string[]): Promise<void> {
  const measurement = await measure({ files, model: options.model, runs: Number(options.runs) });
  process.stdout.write(options.json ? JSON.stringify(measurement) : `${JSON.stringify(measurement, undefined, 2)}\n`);
}

function shapeAsked(): HistoryShape {
  const { workload, operations, clients, keys, values, lost, seed, stale } = options;
  if (!isWorkload(workload)) throw new Error(`expected --workload cas-register, unique-register, fifo-queue or stack, got ${workload}`);
  return {
    workload,
    operations: Number(operations),
    clients: Number(clients),
    keys: Number(keys),
    seed: Number(seed),
    lost: Number(lost),
    ...(values === undefined ? {} : { values: Number(values) }),
    ...(stale === undefined ? {} : { staleReadAt: Number(stale) }),
  };
}

async function printTable(): Promise<void> {
  console.log(head());
  await inFolder(async (folder) => {
    for (const row of rows.filter(({ name }) => name.includes(options.rows))) console.log(rowOf(row, await measuredRow(row, folder)));
  });
}

async function drawGrowth(file: string): Promise<void> {
  const points: Point[] = [];
  await inFolder(async (folder) => {
    for (const row of growth) {
      const measured = await measuredRow(row, folder);
      if (measured === undefined || !('shape' in row.source)) continue;
      const { processorMs, peakMegabytes, mostHeld } = measured;
      const { workload, operations } = row.source.shape;
      points.push({ workload, operations, processorMs, peakMegabytes, mostHeld });
      console.log(`${row.name}: ${processorMs.toFixed(1)} ms, ${peakMegabytes.toFixed(0)} MB, ${mostHeld} configurations held`);
    }
  });
  writeFileSync(file, await growthChart(points));
}

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = options.keep ?? mkdtempSync(path.join(tmpdir(), 'seamproof-bench-'));
  mkdirSync(folder, { recursive: true });
  try {
    await act(folder);
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** `undefined`: its files are not at hand. */
async function measuredRow(row: Row, folder: string): Promise<Measurement | undefined> {
  const files = await filesOf(row, folder);
  if (files.length === 0) return undefined;
  const measured = measureApart(row, files);
  if (options.keep === undefined && 'shape' in row.source) for (const file of files) rmSync(file);
  return measured;
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
  await writeHistory(file, source.shape);
  return [file];
}

async function writeHistory(file: string, shape: HistoryShape): Promise<void> {
  const stream = createWriteStream(file);
  let batch = '';
  for (const operation of generateHistory(shape)) {
    batch += `${JSON.stringify(operation)}\n`;
    if (batch.length < 1 << 16) continue;
    if (!stream.write(batch)) await once(stream, 'drain');
    batch = '';
  }
  stream.end(batch);
  await finished(stream);
}
