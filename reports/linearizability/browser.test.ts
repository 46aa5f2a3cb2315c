import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadReportClient } from '../html/client.ts';
import { findBrowser, launchBrowser } from '../support/browser.ts';
import { history } from '../support/history.ts';
import { checkPage } from './page.ts';
import { tellStory } from './story.ts';

const executable = findBrowser();

const operations = history(`
  1000000 0 invoke write 1
  2000000 0 ok     write 1
  3000000 1 invoke write 2
  4000000 3 invoke write 3
  5000000 1 ok     write 2
  6000000 3 ok     write 3
  7000000 4 invoke write 4
  8000000 2 invoke read null
  9000000 2 ok     read 1
`);
const story = tellStory(
  {
    impossible: 7,
    core: [2, 7],
    context: [0],
    minimal: true,
    statesBefore: [],
    allowed: [2, 3, 4],
    orders: [
      { calls: [0, 2, 3], state: '3' },
      { calls: [0, 3, 2], state: '2' },
    ],
  },
  operations,
);

describe.skipIf(executable === undefined)('the picture of a violation in a browser', () => {
  let browser: Browser;
  let directory: string;
  let address: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'violation-'));
    const file = path.join(directory, 'violation.html');
    address = pathToFileURL(file).href;
    const page = {
      verdict: 'invalid' as const,
      summary: 'Not linearizable.',
      file: 'history.jsonl',
      facts: {},
      warnings: [],
      ...(story === undefined ? {} : { story }),
    };
    await writeFile(file, checkPage(page, (await loadReportClient()).style));
    browser = await launchBrowser(executable ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await rm(directory, { recursive: true });
  });

  async function open(options: BrowserContextOptions = {}): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => void (request.url() === address || complaints.push(request.url())));
    await page.goto(address);
    return { page, complaints };
  }

  it('opens from disk without script, request or complaint, and says what is impossible and why', async () => {
    const { page, complaints } = await open();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('read → 1 is impossible');
    expect(await page.getByText('It returned 1, but every order allows only 2, 3 or 4.').first().isVisible()).toBe(true);
    expect(await page.locator('.refusal').textContent()).toBe('only 2, 3 or 4 possible');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('scrolls inside its own box on a phone, and begins where the impossible operation is', async () => {
    const { page } = await open({ viewport: { width: 390, height: 844 }, javaScriptEnabled: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const frame = await page.locator('.story-scroll').boundingBox();
    const bar = await page.locator('.operation.impossible').boundingBox();
    expect(frame && bar && bar.x >= frame.x && bar.x + bar.width <= frame.x + frame.width).toBe(true);
    const picture = await page.locator('.operations').boundingBox();
    expect(picture?.width).toBeGreaterThan(frame?.width ?? Number.POSITIVE_INFINITY);
    await page.context().close();
  });

  it('draws every label inside its bar', async () => {
    const { page } = await open({ javaScriptEnabled: true });
    for (const bar of await page.locator('.operation').all()) {
      const [shape, text] = [await bar.locator('rect, path').boundingBox(), await bar.locator('text').boundingBox()];
      expect(shape && text && text.x >= shape.x && text.x + text.width <= shape.x + shape.width, (await bar.textContent()) ?? '').toBe(
        true,
      );
    }
    await page.context().close();
  });

  it('switches between orders that are equally good, one at a time', async () => {
    const { page } = await open();
    const shown = (): Promise<readonly boolean[]> =>
      Promise.all([1, 2].map((order) => page.locator(`g.order-${order} > .point`).first().isVisible()));
    expect(await shown()).toEqual([true, false]);
    await page.getByText('one that leaves 2').click();
    expect(await shown()).toEqual([false, true]);
    await page.context().close();
  });

  it('is worked by keyboard: a bar is reached by tab and leads to its row', async () => {
    const { page } = await open({ javaScriptEnabled: true });
    const bar = page.locator('.bar-link', { has: page.locator('.impossible') });
    await bar.focus();
    await page.keyboard.press('Enter');
    // Following a link within a page is the browser's to finish, some time after the key.
    await page.waitForURL(`${address}#operation-7`);
    expect(await page.locator('tr:target').textContent()).toContain('read → 1');
    await page.context().close();
  });

  it('takes dark colours from the system, and keeps red for what is impossible', async () => {
    const fills = async (colorScheme: 'light' | 'dark'): Promise<readonly string[]> => {
      const { page } = await open({ colorScheme, javaScriptEnabled: true });
      const found = await page.evaluate(
        `['.operation.impossible rect', '.operation.core rect', '.operation.context rect'].map((one) => getComputedStyle(document.querySelector(one)).fill)`,
      );
      await page.context().close();
      return found as readonly string[];
    };
    const [light, dark] = [await fills('light'), await fills('dark')];
    for (const [position, fill] of light.entries()) expect(dark[position]).not.toBe(fill);
    expect(new Set(light).size).toBe(3);
  });
});
