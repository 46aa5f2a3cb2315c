/**
 * Bundles what runs on other hosts and in containers into one file each, so that nothing is needed there but it and Node.js: the reference
 * pipeline, and the harness's agent.
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

const bundles = [
  { entry: 'target-pipeline/main.ts', file: 'dist/target-pipeline/bundle.cjs' },
  { entry: 'harness/drivers/ssh/agent/main.ts', file: 'dist/harness/drivers/ssh/agent.cjs' },
];

export async function bundleForHosts(root) {
  for (const { entry, file } of bundles) {
    const { warnings } = await build({
      entryPoints: [path.join(root, entry)],
      outfile: path.join(root, file),
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
    if (warnings.length > 0) throw new Error(`${entry} cannot be bundled as it is`);
  }
}
