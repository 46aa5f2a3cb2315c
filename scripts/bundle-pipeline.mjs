/**
 * Bundles the reference pipeline into one file, so that a host or container needs nothing but it and Node.js to run a node.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const ownRequire = 'const require = createRequire(import.meta.url);';

/** What is loaded by a `require` that a module made for itself is invisible to a bundler; in CommonJS there is one already. */
const plainRequire = {
  name: 'plain-require',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]target-pipeline[\\/].*\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replace(ownRequire, ''),
      loader: 'ts',
    }));
  },
};

export async function bundlePipeline(root) {
  const { warnings } = await build({
    entryPoints: [path.join(root, 'target-pipeline/main.ts')],
    outfile: path.join(root, 'dist/target-pipeline/bundle.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    sourcemap: 'inline',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [plainRequire],
  });
  // Each is something that works from its own folder and not from the bundle.
  if (warnings.length > 0) throw new Error('the pipeline cannot be bundled as it is');
}
