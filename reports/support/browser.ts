/** A Chromium for tests that look at the page, where the machine has one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * The path of a browser, or `undefined` after saying so. With `CI_REQUIRE_ALL=1` a missing browser is an error: a check that silently didn't
 * run must not look like one that passed.
 */
export function findBrowser(): string | undefined {
  const found = [process.env['CHROMIUM_PATH'] ?? '', ...candidates].find((path) => path !== '' && existsSync(path));
  if (found !== undefined) return found;
  if (process.env['CI_REQUIRE_ALL'] === '1')
    throw new Error('CI_REQUIRE_ALL=1, but there is no Chromium: install one or set CHROMIUM_PATH');
  console.warn('Skipped: the browser tests of the HTML report need Chromium (install it, or set CHROMIUM_PATH).');
  return undefined;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', ...quiet] });
}
