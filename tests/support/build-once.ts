import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Tests start real nodes from `dist/`, so it is brought up to date once before any of them runs. */
export default function buildOnce(): void {
  const root = path.resolve(import.meta.dirname, '../..');
  execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
}
