/** `html`: `report.html` in the run directory. One file, no network; the summary reads without JavaScript. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reporter } from '../types.ts';
import { loadReportClient } from './client.ts';
import { reportPage } from './page.ts';

export const htmlReporter: Reporter = {
  name: 'html',
  async report(input, out) {
    await writeFile(path.join(out.runDirectory, 'report.html'), reportPage(input, await loadReportClient()));
  },
};
