import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfigFile } from './load-config-file.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seamproof-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});
const write = (name: string, text: string) => writeFileSync(path.join(directory, name), text);

describe('harness.config.ts', () => {
  it('may be missing', async () => {
    expect(await loadConfigFile(directory)).toBeUndefined();
  });

  it('is TypeScript, and may import defineConfig although no package is installed around it', async () => {
    write(
      'harness.config.ts',
      "import { defineConfig, type UserConfig } from 'seamproof/config';\nconst time: UserConfig['time'] = '5m';\nexport default defineConfig({ time, rate: 20 });\n",
    );
    expect(await loadConfigFile(directory)).toEqual({ path: 'harness.config.ts', config: { time: '5m', rate: 20 } });
  });

  it('may be JavaScript, and may be named', async () => {
    write('nightly.mjs', 'export default { time: 600 };\n');
    expect(await loadConfigFile(directory, 'nightly.mjs')).toEqual({ path: 'nightly.mjs', config: { time: 600 } });
  });

  it('is read anew every time', async () => {
    write('harness.config.ts', 'export default { time: 1 };\n');
    await loadConfigFile(directory);
    write('harness.config.ts', 'export default { time: 2 };\n');
    expect((await loadConfigFile(directory))?.config).toEqual({ time: 2 });
  });

  it('must exist when it was named', async () => {
    await expect(loadConfigFile(directory, 'nope.ts')).rejects.toMatchObject({
      problem: { code: 'config-file-not-found', happened: 'there is no nope.ts' },
    });
  });

  it.each([
    ['export default {', 'could not be loaded'],
    ["throw new Error('no disk')", 'no disk'],
    ["import 'not-a-package'; export default {}", 'not-a-package'],
    ['export default 5', 'is a number'],
    ['export default [1]', 'is a list'],
    ['export default undefined', 'is undefined'],
    ['export const time = 5', 'is undefined'],
    ['export default new Map()', 'expected'],
  ])('holding "%s" is refused in one line', async (text, said) => {
    write('harness.config.ts', text);
    const error: unknown = await loadConfigFile(directory).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ problem: { code: 'config-file-unreadable' } });
    const { happened, expected } = (error as { readonly problem: { readonly happened: string; readonly expected: string } }).problem;
    expect(happened).not.toContain('\n');
    expect(`${happened} expected ${expected}`).toContain(said);
  });
});
