import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const skipped = new Set(['node_modules', 'dist', 'runs', 'coverage', '.git']);
const text = /\.(ts|js|mjs|cjs|json|md|yml|yaml|css|html)$/;

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(file);
    return text.test(entry.name) && entry.name !== 'package-lock.json' ? [file] : [];
  });
}

const thisFile = path.join(root, 'tests/style.test.ts');
const files = filesBelow(root).filter((file) => file !== thisFile);
const code = files.filter((file) => /\.[cm]?[tj]s$/.test(file));

/** `file:line` of everything a pattern finds. */
function find(pattern: RegExp, among: readonly string[]): readonly string[] {
  return among.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path.relative(root, file)}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('the source', () => {
  it('is really looked at', () => {
    expect(code.length).toBeGreaterThan(100);
    expect(find(/from 'vitest'/, code).length).toBeGreaterThan(10);
  });

  it.each([
    ['a test that silences all others', /\b(it|test|describe)\.only\(/, "it.only('x')"],
    ['a type error swept away', /@ts-(ignore|nocheck)/, '// @ts-ignore'],
    ['a lint rule switched off', /(biome|eslint|prettier)-(ignore|disable)/, '// eslint-disable-next-line'],
    ['work left for later', /\b(TODO|FIXME|XXX)\b/, '// TODO: later'],
    ['a breakpoint', /^\s*debugger;/, '  debugger;'],
  ])('has nowhere %s', (_, pattern, example) => {
    expect(pattern.test(example)).toBe(true);
    expect(find(pattern, code)).toEqual([]);
  });

  it('says nowhere what only one machine has', () => {
    expect(find(/(^|[^\w./])\/(work|home|Users)\//, files)).toEqual([]);
  });

  it('imports itself with the extension the file has', () => {
    expect(
      find(
        /from '\.{1,2}\/[^']*(?<!\.(ts|js|mjs|cjs|json))'/,
        code.filter((file) => file.endsWith('.ts')),
      ),
    ).toEqual([]);
  });
});
