import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findBrowser, launchBrowser } from '../support/browser.ts';
import { fixtureInput } from '../support/fixture.ts';
import { call, hostile, smallInput, smallResult } from '../support/small.ts';
import { compareRun, comparisonHtml, comparisonText } from './index.ts';

const second = 1e9;
const availability = smallResult({
  examined: { invoked: 10, ok: 6, served: 9 },
  evidence: [
    { kind: 'context', summary: '', data: { window: 'faults', invoked: 4, ok: 1, served: 3 } },
    { kind: 'context', summary: '', data: { fromNs: 1, lengthMs: 2500, invoked: 2 } },
  ],
});
/** Load begins at 10 s; two operations take 20 ms and one 2 s, then one is lost. */
const input = smallInput(
  { availability, saga: smallResult({ verdict: 'invalid', examined: { orders: 3 } }) },
  {
    run: { stats: { ops: {}, opsPerSecond: 12.5, missed: 0 } },
    evidence: {
      windows: [
        { name: 'warm-up', from: 10 * second, to: 12 * second },
        { name: 'faults', from: 12 * second, to: 20 * second },
      ],
      faults: [{ id: 'kill-1', nemesis: 'kill', targets: ['a'], startedAt: 13 * second, healedAt: 15 * second, proofs: [], facts: {} }],
      history: [
        ...call(0, 10.1 * second, 10.12 * second, 'ok'),
        ...call(0, 11.1 * second, 11.12 * second, 'ok'),
        ...call(0, 13.1 * second, 15.1 * second, 'ok'),
        ...call(0, 18.1 * second, 18.2 * second, 'info'),
      ].map((operation, index) => ({ ...operation, index })),
    },
  },
);
const figuresOf = (named: readonly string[] = []) =>
  Object.fromEntries(compareRun('a', input, named).figures.map(({ name, text }) => [name, text]));

describe('a run that is compared', () => {
  it('says its verdict, what it violated, how much it served and how long it served nobody', () => {
    expect(figuresOf()).toMatchObject({
      verdict: 'invalid',
      violated: 'saga',
      served: '90.0 %',
      'served, faults': '75.0 %',
      'longest outage': '2.5 s',
      'p99, fault window': '2.0 s',
    });
  });

  it('says what a checker examined, where that is named, and a dash where there is no such figure', () => {
    expect(figuresOf(['saga.orders', 'saga.unicorns', 'nobody.orders'])).toMatchObject({
      'saga.orders': '3',
      'saga.unicorns': '–',
      'nobody.orders': '–',
    });
  });

  it('counts time from the beginning of its load, whenever that was', () => {
    const { series, faults } = compareRun('a', input, []);
    expect(faults).toEqual([{ id: 'kill-1', from: 3, to: 5 }]);
    expect(series.from.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(series.p99.slice(0, 4)).toEqual([20, 20, null, 2000]);
    expect(series.okPerSecond.reduce<number>((sum, value) => sum + Number(value), 0)).toBe(3);
  });

  it('may have seen nothing at all', () => {
    const { figures, series } = compareRun('empty', smallInput({ a: smallResult() }), []);
    expect(figures.find(({ name }) => name === 'served')).toMatchObject({ value: null, text: '–' });
    expect(series.p99.every((value) => value === null)).toBe(true);
  });
});

describe('a comparison', () => {
  it('has a row for each figure and a column for each run', () => {
    const other = compareRun('longer label', smallInput({ a: smallResult() }), []);
    const lines = comparisonText([compareRun('a', input, []), other]).split('\n');
    expect(lines[0]).toMatch(/^ +a +longer label$/);
    expect(lines.find((line) => line.startsWith('verdict'))).toMatch(/^verdict +invalid +valid$/);
    expect(new Set(lines.slice(0, -1).map(({ length }) => length)).size).toBe(1);
  });

  const executable = findBrowser();
  it.skipIf(executable === undefined).each(['light', 'dark'] as const)(
    'is drawn in a %s browser, on a desk and in a hand, and complains of nothing',
    async (colorScheme) => {
      const directory = mkdtempSync(path.join(tmpdir(), 'seamproof-compare-'));
      const browser = await launchBrowser(executable ?? '');
      onTestFinished(async () => {
        await browser.close();
        rmSync(directory, { recursive: true });
      });
      const fixture = (seed: number, label: string) =>
        compareRun(label, fixtureInput({ seed, outcome: 'valid', seconds: 60, ratePerSecond: 40 }), []);
      const file = path.join(directory, 'compare.html');
      writeFileSync(
        file,
        await comparisonHtml({ title: hostile, lead: 'Both alike.', runs: [fixture(1, 'lease=1s'), fixture(2, hostile)] }),
      );
      for (const viewport of [
        { width: 1280, height: 900 },
        { width: 390, height: 800 },
      ]) {
        const page = await browser.newPage({ viewport, colorScheme });
        const complaints: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        page.on('dialog', (dialog) => complaints.push(dialog.message()));
        await page.goto(pathToFileURL(file).href);
        await page.waitForSelector('html[data-charts="drawn"]', { state: 'attached' });
        expect(complaints).toEqual([]);
        expect(await page.locator('[data-chart] svg').count()).toBe(2);
        expect(await page.locator('[data-chart] svg .mark-line path').count()).toBeGreaterThanOrEqual(4);
        expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
        const shots = process.env['SCREENSHOTS'];
        if (shots !== undefined)
          await page.screenshot({ path: path.join(shots, `compare-${colorScheme}-${viewport.width}.png`), fullPage: true });
        await page.close();
      }
    },
  );
});
