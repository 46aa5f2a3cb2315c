import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, launchBrowser } from '../support/browser.ts';
import { fixtureInput } from '../support/fixture.ts';
import { hostile, rememberingOutput } from '../support/small.ts';
import type { ReportInput } from '../types.ts';
import { htmlReporter } from './index.ts';

const executable = findBrowser();

interface Opened {
  readonly page: Page;
  /** Console messages, uncaught errors and policy violations (Chromium reports those on the console). */
  readonly complaints: readonly string[];
  /** Everything the page asked for but itself. */
  readonly requests: readonly string[];
}

describe.skipIf(executable === undefined)('the HTML report in a browser', () => {
  let browser: Browser;
  let directory: string;
  let address: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'report-'));
    address = pathToFileURL(path.join(directory, 'report.html')).href;
    await htmlReporter.report(
      withHostileEvidence(fixtureInput({ seed: 1, outcome: 'invalid', seconds: 60, ratePerSecond: 60 })),
      rememberingOutput(directory),
    );
    browser = await launchBrowser(executable ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await rm(directory, { recursive: true });
  });

  async function open(options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => void (request.url() === address || requests.push(request.url())));
    await page.goto(address);
    if (options.javaScriptEnabled !== false) await page.waitForSelector('html[data-charts="drawn"]', { state: 'attached' });
    return { page, complaints, requests };
  }

  it('draws every chart from disk, without a complaint, a policy violation or a request', async () => {
    const { page, complaints, requests } = await open();
    const charts = page.locator('[data-chart]');
    const count = await charts.count();
    expect(count).toBeGreaterThanOrEqual(8);
    for (let position = 0; position < count; position++) {
      expect(
        await charts.nth(position).locator('svg path').count(),
        (await charts.nth(position).getAttribute('data-chart')) ?? '',
      ).toBeGreaterThan(5);
    }
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await page.context().close();
  });

  it('refuses scripts that are not its own, and eval even to its own', async () => {
    const { page, complaints } = await open();
    await page.addScriptTag({ content: 'window.smuggled = true' }).catch(() => undefined);
    expect(await page.evaluate('"smuggled" in window')).toBe(false);
    expect(complaints.join('\n')).toContain('Content Security Policy');
    await page.context().close();
  });

  it('shows hostile evidence as text', async () => {
    const { page, complaints } = await open();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('.claim', { hasText: '</script><script>alert(1)</script>' }).count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says the verdict, why, and the rejected token beside the successor’s state without JavaScript', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    const wanted = [
      'A deposed leader’s write was accepted',
      'replica-2 accepted a write with token 7',
      '"event":"fence.rejected"',
      'Holds the successor’s state, token 8 or later',
      'Holds the deposed leader’s write, token 7',
      'What clients saw, by phase',
    ];
    for (const text of wanted) expect(await page.getByText(text).first().isVisible(), text).toBe(true);
    expect(await page.locator('noscript p').first().isVisible()).toBe(true);
    await page.context().close();
  });

  it('fits a phone 390 pixels wide, charts and all, and follows when the window grows', async () => {
    const { page } = await open({ viewport: { width: 390, height: 844 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const chart = page.locator('#load [data-chart] svg').first();
    const narrow = (await chart.boundingBox())?.width ?? 0;
    expect(narrow).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1000, height: 800 });
    await expect.poll(async () => (await chart.boundingBox())?.width ?? 0).toBeGreaterThan(600);
    await page.context().close();
  });

  it('takes dark colours from the system, in the charts too', async () => {
    const colours = async (colorScheme: 'light' | 'dark'): Promise<readonly string[]> => {
      const { page } = await open({ colorScheme });
      const found = await page.evaluate(
        `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('[data-chart] svg text')).fill]`,
      );
      await page.context().close();
      return found as readonly string[];
    };
    const [light, dark] = [await colours('light'), await colours('dark')];
    expect(light[0]).not.toBe(dark[0]);
    expect(light[1]).not.toBe(dark[1]);
  });

  it('is worked by keyboard: folds open, and the table behind a chart is made when asked for', async () => {
    const { page } = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the report');
    const fold = page.locator('details[data-table] summary').first();
    await fold.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('details[data-table] table').first().locator('tbody tr').count()).toBeGreaterThan(30);
    await page.context().close();
  });

  it('unfolds its evidence for print', async () => {
    const { page } = await open();
    const closed = page.locator('details:not([open]):not([data-table])');
    expect(await closed.count()).toBeGreaterThan(0);
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    expect(await closed.count()).toBe(0);
    await page.context().close();
  });

  it('says what a bin holds where the pointer is', async () => {
    const { page } = await open();
    await page
      .locator('#load [data-chart] svg')
      .first()
      .hover({ position: { x: 400, y: 60 } });
    await expect.poll(() => page.locator('.tooltip').textContent()).toMatch(/at0:\d\dok\/s\d+/);
    await page.context().close();
  });
});

function withHostileEvidence(input: ReportInput): ReportInput {
  const result = {
    verdict: 'invalid',
    question: hostile,
    summary: hostile,
    examined: { [hostile]: 1 },
    evidence: [{ kind: 'violation', summary: hostile, logLines: [{ node: hostile, line: hostile }], data: { [hostile]: hostile } }],
  } as const;
  const faults = input.evidence.faults.map((fault) => ({ ...fault, id: `${fault.id}${hostile}` }));
  const history = input.evidence.history.map((operation) => (operation.f === 'cancel-order' ? { ...operation, f: hostile } : operation));
  return {
    run: { ...input.run, name: hostile, replayCommand: hostile, versions: { [hostile]: hostile } },
    evidence: { ...input.evidence, faults, history },
    verdict: { ...input.verdict, checkers: { ...input.verdict.checkers, [hostile]: result } },
  };
}
