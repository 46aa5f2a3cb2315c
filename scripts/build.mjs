// Builds `dist/`: compiles TypeScript, bundles the report's browser script, marks the command executable.
// Try it: node scripts/build.mjs
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

function tscPath() {
  try {
    return require.resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}

const tsc = tscPath();
if (tsc === undefined) {
  if (existsSync(path.join(root, 'dist/harness/cli/main.js'))) process.exit(0);
  console.error('seamproof: cannot build, because the development dependencies are missing. Run `npm ci` without `--omit=dev`.');
  process.exit(1);
}

const compiled = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.json')], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const bundler = path.join(root, 'reports/client/bundle.mjs');
if (existsSync(bundler)) {
  const { bundleReportClient } = await import(bundler);
  await bundleReportClient(root);
}

const command = path.join(root, 'dist/harness/cli/main.js');
if (existsSync(command)) chmodSync(command, 0o755);
