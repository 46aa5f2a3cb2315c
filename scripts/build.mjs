// Builds `dist/`: compiles TypeScript, bundles the report's browser script and the pipeline, makes the command runnable, also as
// `npx harness` in here.
// Try it: node scripts/build.mjs
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const command = path.join(root, 'dist/harness/cli/main.js');

function tscPath() {
  try {
    return require.resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}

/** npm links the commands of dependencies, not a package's own; with the link `npx harness` finds it here without asking a registry. */
function linkCommand() {
  const bin = path.join(root, 'node_modules/.bin');
  const link = path.join(bin, 'harness');
  const target = path.relative(bin, command);
  if (process.platform === 'win32' || !existsSync(path.join(root, 'node_modules'))) return;
  mkdirSync(bin, { recursive: true });
  const present = lstatSync(link, { throwIfNoEntry: false });
  if (present?.isSymbolicLink() && readlinkSync(link) === target) return;
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

const tsc = tscPath();
if (tsc === undefined) {
  if (existsSync(command)) process.exit(0);
  console.error('seamproof: cannot build, because the development dependencies are missing. Run `npm ci` without `--omit=dev`.');
  process.exit(1);
}

const compiled = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.json')], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const bundler = path.join(root, 'reports/client/bundle.mjs');
if (existsSync(bundler)) {
  const { bundleReportClient } = await import(pathToFileURL(bundler).href);
  await bundleReportClient(root);
}
const { bundleForHosts } = await import('./bundle-for-hosts.mjs');
await bundleForHosts(root);

if (existsSync(command)) {
  chmodSync(command, 0o755);
  linkCommand();
}
