/**
 * Bundles the report's browser script and style sheet. At build time they go to `dist/reports/client/`; from source the HTML reporter asks
 * for them directly, so that a stale build can't be drawn with.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname;

/** Vega's parts are dependencies of `vega`, so they are looked up from where it is: the version is the one it was tested with. */
const partsOfVega = {
  name: 'parts-of-vega',
  setup(builder) {
    const resolveDir = path.dirname(fileURLToPath(import.meta.resolve('vega')));
    builder.onResolve({ filter: /^vega-(dataflow|encode|parser|transforms|view|view-transforms)$/ }, ({ path: part, kind, pluginData }) =>
      pluginData === 'resolving' ? undefined : builder.resolve(part, { kind, resolveDir, pluginData: 'resolving' }),
    );
  },
};

const common = { bundle: true, minify: true, write: false, legalComments: 'none', logLevel: 'silent', charset: 'ascii' };

export async function buildReportClient() {
  const [script, style] = await Promise.all([
    build({ ...common, entryPoints: [path.join(here, 'main.js')], format: 'iife', target: 'es2022', plugins: [partsOfVega] }),
    build({ ...common, entryPoints: [path.join(here, 'style/report.css')], target: 'es2022' }),
  ]);
  return { script: script.outputFiles[0].text, style: style.outputFiles[0].text };
}

export async function bundleReportClient(root) {
  const { script, style } = await buildReportClient();
  const directory = path.join(root, 'dist/reports/client');
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeFile(path.join(directory, 'report-client.js'), script),
    writeFile(path.join(directory, 'report-client.css'), style),
  ]);
}
