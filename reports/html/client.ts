/**
 * The browser script and the style sheet. A built package reads what the build bundled; from source they are bundled on the spot, so that what
 * is drawn is always what is written.
 */
import { readFile } from 'node:fs/promises';

export interface ReportClient {
  readonly script: string;
  readonly style: string;
}

interface Bundler {
  buildReportClient(): Promise<ReportClient>;
}

export async function loadReportClient(): Promise<ReportClient> {
  return import.meta.url.endsWith('.ts') ? bundleFromSource() : readBundle();
}

async function bundleFromSource(): Promise<ReportClient> {
  const bundler = (await import(new URL('../client/bundle.mjs', import.meta.url).href)) as Bundler;
  return bundler.buildReportClient();
}

async function readBundle(): Promise<ReportClient> {
  const read = async (name: string): Promise<string> => {
    const file = new URL(`../client/${name}`, import.meta.url);
    try {
      return await readFile(file, 'utf8');
    } catch (cause) {
      throw new Error(`the report's bundled ${name} is missing from the package (${file.pathname}); build the package again`, { cause });
    }
  };
  const [script, style] = await Promise.all([read('report-client.js'), read('report-client.css')]);
  return { script, style };
}
