/** Finds and reads `harness.config.ts`. What is in it is judged elsewhere. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as configModule from '../config/index.ts';
import { UsageError } from '../config/index.ts';

const fileNames = ['harness.config.ts', 'harness.config.mts', 'harness.config.js', 'harness.config.mjs'] as const;

export interface ConfigFile {
  /** Relative to the working directory, as messages show it. */
  readonly path: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** `asked` is a path somebody named, which must exist; otherwise the usual names are looked for, and none of them is fine too. */
export async function loadConfigFile(workingDirectory: string, asked?: string): Promise<ConfigFile | undefined> {
  const name = asked ?? fileNames.find((candidate) => existsSync(path.join(workingDirectory, candidate)));
  if (name === undefined) return undefined;
  const file = path.resolve(workingDirectory, name);
  const shown = path.relative(workingDirectory, file) || name;
  if (!existsSync(file)) {
    throw new UsageError({
      code: 'config-file-not-found',
      happened: `there is no ${name}`,
      expected: 'a configuration file',
      advice: '--config with another path',
    });
  }
  const config = await evaluate(file, shown);
  if (!isPlainObject(config)) {
    throw new UsageError({
      code: 'config-file-unreadable',
      happened: `the default export of ${shown} is ${config === null || config === undefined ? String(config) : `a ${Array.isArray(config) ? 'list' : typeof config}`}`,
      expected: 'an object',
      advice: "import { defineConfig } from 'seamproof/config'; export default defineConfig({ … });",
    });
  }
  return { path: shown, config };
}

async function evaluate(file: string, shown: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  // The module is handed over rather than resolved, so that a file outside any package that has us installed can import it too.
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { 'seamproof/config': configModule },
  });
  try {
    return (await jiti.import<{ readonly default?: unknown }>(file)).default;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      {
        code: 'config-file-unreadable',
        happened: `${shown} could not be loaded: ${message.split('\n')[0] ?? ''}`,
        expected: 'a module whose default export is the configuration',
      },
      { cause: error },
    );
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // Objects of another realm's prototype are fine: what matters is that it is no instance of something.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
