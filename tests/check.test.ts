/** `harness check` as people meet it: the built command on files, real histories with known verdicts among them. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FinishedRun, runHarness, startHarness, temporaryDirectory } from './support/whole-run.ts';

const root = path.resolve(import.meta.dirname, '..');
const corpora = process.env['SEAMPROOF_CORPORA'] ?? path.resolve(root, '../shared/corpora');
const present = existsSync(path.join(corpora, 'etcd/verdicts.json'));

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const check = (line: string): Promise<FinishedRun> => runHarness(directory.path, `check ${line}`);

/** A history as JSON lines, each given as `[process, type, f, value, key?]`. */
function write(name: string, lines: readonly (readonly [number, string, string, unknown, string?])[], tail = ''): void {
  const text = lines.map(([process, type, f, value, key], index) =>
    JSON.stringify({ index, time: index * 1000, process, type, f, value, key }),
  );
  writeFileSync(path.join(directory.path, name), `${text.join('\n')}\n${tail}`);
}

const staleRead = [
  [0, 'invoke', 'write', 1],
  [0, 'ok', 'write', 1],
  [1, 'invoke', 'write', 2],
  [1, 'ok', 'write', 2],
  [2, 'invoke', 'read', null],
  [2, 'ok', 'read', 1],
] as const;

/** Every enqueue may take effect anywhere, and values repeat: the orders are beyond counting, and none of them has to be wrong. */
function writeUndecidable(name: string): void {
  const enqueues = Array.from({ length: 400 }, (_, process) => [process, 'invoke', 'enqueue', process % 7] as const);
  const dequeues = Array.from({ length: 200 }, (_, at) => [
    [1000, 'invoke', 'dequeue', null] as const,
    [1000, 'ok', 'dequeue', (at * 3) % 7] as const,
  ]);
  write(name, [...enqueues, ...dequeues.flat()]);
}

describe('harness check', () => {
  it('names the impossible operation, what was possible, and the contradiction with lines and times, and leaves with 1', async () => {
    write('stale.jsonl', staleRead);
    const { code, stdout, stderr } = await check('stale.jsonl');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('✗ INVALID  Not linearizable');
    expect(stdout).toContain('It returned 1, but every order allows only 2.');
    expect(stdout).toMatch(/\(2\) write\(2\) by process 1 began after \(1\) had ended\.\n.*indexes 2–3, lines 3–4/);
    expect(stdout).toContain('lines 5–6');
  });

  it('leaves with 0 when an order explains everything, and with 2 when there is nothing to explain', async () => {
    write('valid.jsonl', staleRead.slice(0, 4));
    expect(await check('valid.jsonl --quiet')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ VALID {2}Linearizable.*\n$/) });
    write('vacuous.jsonl', [
      [0, 'invoke', 'write', 1],
      [0, 'info', 'write', 1],
    ]);
    expect(await check('vacuous.jsonl')).toMatchObject({ code: 2, stdout: expect.stringContaining('Nothing to judge') });
  });

  it('prints one JSON object with evidence, timings and the options it judged by', async () => {
    write('stale.jsonl', staleRead);
    const { code, stdout } = await check('stale.jsonl --json --model register');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      verdict: 'invalid',
      exitCode: 1,
      file: 'stale.jsonl',
      format: 'jsonl',
      model: 'register',
      options: { nilReads: 'value', failedCas: 'ignore', partition: 'key' },
      examined: { operations: 3, ok: 3 },
      evidence: { firstImpossible: { invocation: 4, completion: 5 }, allowed: [2], minimal: { verified: true } },
      timings: { readMs: expect.any(Number), checkMs: expect.any(Number), peakMemoryBytes: expect.any(Number) },
    });
  });

  it('writes a page with the picture that needs no script', async () => {
    write('stale.jsonl', staleRead);
    const { code, stderr } = await check('stale.jsonl --html page.html');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'picture: page.html\n' });
    const page = readFileSync(path.join(directory.path, 'page.html'), 'utf8');
    expect(page).toContain('is impossible</h1>');
    expect(page).toContain('every order allows only 2');
    expect(page).toMatch(/<svg class="operations"/);
    expect(page).not.toContain('<script');
  });

  it('reports a last line that is cut off, and checks the rest', async () => {
    write('torn.jsonl', staleRead, '{"index":6,"time":6000,"proc');
    expect(await check('torn.jsonl')).toMatchObject({ code: 1, stderr: expect.stringContaining('Line 7, the last, is torn') });
  });

  it('judges a failed cas and a null read as it is told to', async () => {
    write('cas.jsonl', [...staleRead.slice(0, 2), [0, 'invoke', 'cas', [1, 2]]]);
    appendFileSync(
      path.join(directory.path, 'cas.jsonl'),
      '{"index":3,"time":3000,"process":0,"type":"fail","f":"cas","value":[1,2],"error":{"code":"cas-mismatch","message":"it held another value"}}\n',
    );
    expect((await check('cas.jsonl')).code).toBe(0);
    expect(await check('cas.jsonl --failed-cas observe')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('It found something other than 1, but every order allows only 1 there.'),
    });
    write('nil.jsonl', [
      [0, 'invoke', 'write', 1],
      [0, 'ok', 'write', 1],
      [0, 'invoke', 'read', null],
      [0, 'ok', 'read', null],
      [0, 'invoke', 'read', null],
      [0, 'ok', 'read', 1],
    ]);
    expect((await check('nil.jsonl')).code).toBe(1);
    expect((await check('nil.jsonl --nil-reads any')).code).toBe(0);
  });

  it('judges each key alone, unless it is told that all operations concern one object', async () => {
    write('keys.jsonl', [
      [0, 'invoke', 'write', 1, 'a'],
      [0, 'ok', 'write', 1, 'a'],
      [0, 'invoke', 'write', 2, 'b'],
      [0, 'ok', 'write', 2, 'b'],
      [0, 'invoke', 'read', null, 'a'],
      [0, 'ok', 'read', 1, 'a'],
    ]);
    expect((await check('keys.jsonl')).code).toBe(0);
    expect((await check('keys.jsonl --partition none')).code).toBe(1);
  });

  it('spreads keys over threads, with the same answer and the same evidence as without', async () => {
    const calls = Array.from({ length: 6_000 }, (_, at) => {
      const key = `key-${at % 7}`;
      return [[0, 'invoke', 'write', at, key] as const, [0, 'ok', 'write', at, key] as const];
    }).flat();
    write('threads.jsonl', [...calls, ...calls.slice(0, 10_000)]);
    const valid = await Promise.all([1, 3].map((workers) => check(`threads.jsonl --workers ${workers} --quiet`)));
    expect(valid.map(({ code }) => code)).toEqual([0, 0]);
    expect(valid[0]?.stdout).toBe(valid[1]?.stdout);

    write('violation.jsonl', [
      ...calls,
      ...calls.slice(0, 10_000),
      ...staleRead.map(([process, type, f, value]) => [process, type, f, value, 'key-3'] as const),
    ]);
    const [alone, spread] = await Promise.all([1, 3].map((workers) => check(`violation.jsonl --workers ${workers} --json`)));
    expect([alone?.code, spread?.code]).toEqual([1, 1]);
    const evidence = (run: FinishedRun | undefined): unknown => (JSON.parse(run?.stdout ?? '') as { evidence: unknown }).evidence;
    expect(evidence(spread)).toEqual(evidence(alone));
  });

  it('sees that values are pairs of a key and a value, says so, and is told otherwise', async () => {
    write('tuples.jsonl', [
      [0, 'invoke', 'write', ['a', 1]],
      [0, 'ok', 'write', ['a', 1]],
      [0, 'invoke', 'write', ['b', 2]],
      [0, 'ok', 'write', ['b', 2]],
      [0, 'invoke', 'read', ['a', null]],
      [0, 'ok', 'read', ['a', 1]],
    ]);
    expect(await check('tuples.jsonl')).toMatchObject({ code: 0, stderr: expect.stringContaining('pairs [key value]') });
    expect(await check('tuples.jsonl --partition tuple')).toMatchObject({ code: 0, stderr: '' });
    expect((await check('tuples.jsonl --partition key')).code).toBe(1);
    write('plain.jsonl', staleRead);
    expect(await check('plain.jsonl --partition tuple')).toMatchObject({ code: 64, stderr: expect.stringContaining('line 1') });
  });

  it('judges the registers of a run that was killed before it could say what its workload was', async () => {
    mkdirSync(path.join(directory.path, 'run'));
    write('run/history.jsonl', [
      [7, 'invoke', 'place-order', { total: 1 }, 'order-1'],
      ...staleRead.map(([process, type, f, value]) => [process, type, f, value, 'r-1'] as const),
    ]);
    expect(await check('run')).toMatchObject({ code: 1, stdout: expect.stringContaining('on key "r-1"') });
  });

  it.each([
    ['nowhere.jsonl', 'there is no '],
    ['.', 'holds no history.jsonl'],
    ['stale.jsonl --model regster', '--model register'],
    ['stale.jsonl --format yaml', 'one of jsonl, edn, jepsen-log'],
    ['stale.jsonl --initial {', '--initial is "{"'],
    ['stale.jsonl --nil-reads none', 'one of any, value'],
    ['stale.jsonl --time-limit soon', '--time-limit is "soon"'],
    ['stale.jsonl --memory-limit lots', '512MB'],
    ['stale.jsonl --memory-limit 0GB', '512MB'],
    ['stale.jsonl --html no/such/page.html', 'a directory that exists'],
    ['stale.jsonl --model mutex', 'line 1: the model mutex has no function "write"'],
    ['type.jsonl', 'type.jsonl, line 2: got "okk"'],
    ['orphan.jsonl', 'orphan.jsonl, line 3'],
    ['backwards.jsonl', 'backwards.jsonl, line 2'],
    ['prose.txt', 'line 1'],
  ])('"harness check %s" leaves with 64, says where and what was expected, and shows no stack', async (line, said) => {
    write('stale.jsonl', staleRead);
    write('type.jsonl', [
      [0, 'invoke', 'read', null],
      [0, 'okk', 'read', null],
    ]);
    write('orphan.jsonl', [
      [0, 'invoke', 'read', null],
      [0, 'ok', 'read', null],
      [3, 'ok', 'read', null],
    ]);
    writeFileSync(path.join(directory.path, 'prose.txt'), 'Dear diary,\n');
    writeFileSync(
      path.join(directory.path, 'backwards.jsonl'),
      '{"index":0,"time":9,"process":0,"type":"invoke","f":"read"}\n{"index":1,"time":4,"process":0,"type":"ok","f":"read","value":1}\n',
    );
    const { code, stdout, stderr } = await check(line);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/^harness: .* \[[a-z-]+\]$/m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is undecided past its time limit, and says so', async () => {
    writeUndecidable('hard.jsonl');
    const { code, stdout } = await check('hard.jsonl --model fifo-queue --time-limit 50ms');
    expect([code, stdout]).toEqual([2, expect.stringContaining('Undecided after 50 ms, the time limit.')]);
  });

  it('shows that it is at work, and can be interrupted at it', async () => {
    writeUndecidable('hard.jsonl');
    const running = startHarness(directory.path, 'check hard.jsonl --model fifo-queue --time-limit 10m');
    await running.seen(/checking 800 lines · .* of at most 600 s/);
    running.child.kill('SIGINT');
    expect(await running.finished).toMatchObject({ code: 130, stdout: '' });
  });
});

describe('the library', () => {
  it('does what the documentation shows', () => {
    const text = readFileSync(path.join(root, 'docs/checking-histories.md'), 'utf8');
    const examples = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, example = '']) => example);
    const outcomes = examples.map((example) => {
      const printed = execFileSync(process.execPath, ['--input-type=module', '-e', example], { cwd: root, encoding: 'utf8' });
      const promised = [...example.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, line]) => line);
      expect(printed.trimEnd().split('\n')).toEqual(promised);
      return promised.length;
    });
    expect(outcomes).toEqual([4, 2]);
  });
});

if (!present) {
  console.log(`SKIPPED: the corpora of real histories are not at ${corpora}; set SEAMPROOF_CORPORA to where they are.`);
  it.runIf(process.env['CI_REQUIRE_ALL'] === '1')('the corpora of real histories are there, since this run requires everything', () => {
    expect(present).toBe(true);
  });
}

describe.runIf(present)('real histories', () => {
  it.each([
    ['etcd/etcd_001.log', '', 1, 'It returned 4, but every order allows only 1.'],
    ['etcd/etcd_005.log', '', 0, 'Linearizable'],
    ['knossos/cas-register/bad-analysis.edn', '--initial 0 --nil-reads any', 1, 'It returned 2, but every order allows only 0 or 1.'],
    ['knossos/cas-register/memstress3-0.edn', '--initial 0 --nil-reads any', 0, 'Linearizable'],
    ['knossos/mutex/etcd.edn', '--model mutex', 1, 'succeeded, but no order allows that'],
    ['kv/c01-bad.txt', '--model key-value', 1, 'on key "7"'],
    ['kv/c10-ok.txt', '--model key-value', 0, 'on each of'],
  ])('%s %s gets the verdict that is known for it', async (file, flags, expected, said) => {
    copyFileSync(path.join(corpora, file), path.join(directory.path, path.basename(file)));
    const { code, stdout } = await check(`${path.basename(file)} ${flags}`);
    expect(code).toBe(expected);
    expect(stdout).toContain(said);
  });
});
