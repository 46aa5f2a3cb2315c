import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = path.resolve(import.meta.dirname, '../scripts/check-boundaries.mjs');

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'seamproof-boundaries-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, source: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), source);
}

function check(): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

const forbidden = [
  ['history-imports-nothing-of-ours', 'harness/history/index.ts', 'harness/config/index.ts'],
  ['pipeline-imports-only-itself', 'target-pipeline/main.ts', 'harness/history/operation.ts'],
  ['nothing-imports-the-pipeline', 'harness/run/index.ts', 'target-pipeline/main.ts'],
  ['checkers-see-only-evidence', 'checkers/saga.ts', 'harness/run/index.ts'],
  ['reports-see-only-evidence', 'reports/html.ts', 'nemesis/index.ts'],
  ['nemeses-see-only-interfaces', 'nemesis/pause.ts', 'harness/drivers/local.ts'],
  ['only-the-top-composes', 'harness/proxy/plane.ts', 'harness/cli/progress.ts'],
] as const;

describe('import boundaries', () => {
  it('pass what keeps to them', () => {
    write('harness/history/index.ts', 'export const one = 1;\n');
    write('checkers/index.ts', "export { one } from '../harness/history/index.ts';\n");
    expect(check()).toEqual({ status: 0, said: expect.stringContaining('2 files, 1 imports') });
  });

  it('fail when there was nothing to look at', () => {
    expect(check()).toEqual({ status: 1, said: expect.stringContaining('no TypeScript file was found') });
  });

  it('fail when files were seen and no import in any of them', () => {
    write('checkers/index.ts', 'export const one = 1;\n');
    expect(check()).toEqual({ status: 1, said: expect.stringContaining('not one import') });
  });

  it('refuse an import from a folder that may not know the other, rule by rule', () => {
    for (const [, , to] of forbidden) write(to, 'export const one = 1;\n');
    for (const [, from, to] of forbidden) write(from, `export { one } from '${path.posix.relative(path.posix.dirname(from), to)}';\n`);
    const { status, said } = check();
    expect(status).toBe(1);
    for (const [rule, from, to] of forbidden) expect(said).toContain(`  ${from} → ${to}\n      ${rule}:`);
  });

  it('refuse input and output where there must be none, imports that lead nowhere, and cycles', () => {
    write('checkers/saga.ts', "import 'node:fs';\n");
    write('target-pipeline/store/replica.ts', "import 'node:fs/promises';\n");
    write('harness/proxy/plane.ts', "import './missing.ts';\n");
    write('reports/a.ts', "import { b } from './b.ts';\nexport const a = (): unknown => b;\n");
    write('reports/b.ts', "import { a } from './a.ts';\nexport const b = (): unknown => a;\n");
    const { status, said } = check();
    expect(status).toBe(1);
    for (const rule of ['checkers-do-no-io', 'services-use-the-runtime-port', 'nothing-unresolved', 'no-cycles'])
      expect(said).toContain(`${rule}:`);
  });
});
