import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../harness/history/index.ts';
import { history } from '../support/history.ts';
import { contradictionIn } from './from-evidence.ts';
import { checkPage } from './page.ts';
import { tellStory } from './story.ts';

const operations = history(`
  10 0 invoke write 1
  20 0 ok     write 1
  30 1 invoke write 2
  40 1 ok     write 2
  50 2 invoke read null
  60 2 ok     read 1
`);

const result: CheckResult = {
  verdict: 'invalid',
  question: '?',
  summary: 'Not linearizable.',
  examined: {},
  evidence: [
    { kind: 'violation', summary: 'first', operations: [4, 5], data: { allowed: [2] } },
    {
      kind: 'violation',
      summary: 'core',
      operations: [0, 1, 2, 3, 4, 5],
      data: { core: [2, 3, 4, 5], minimal: true, stateBefore: ['1', '2'] },
    },
    { kind: 'context', summary: 'order', operations: [0, 1, 2, 3], data: { order: [0, 2], state: '2' } },
  ],
};

describe('a violation among a checker’s evidence', () => {
  it('is put together from its pieces', () => {
    const found = contradictionIn(result);
    const story = found === undefined ? undefined : tellStory(found, operations);
    expect(story?.calls.map(({ id, role }) => [id, role])).toEqual([
      [0, 'context'],
      [2, 'core'],
      [4, 'impossible'],
    ]);
    expect(story).toMatchObject({
      impossible: 4,
      minimal: true,
      coreSize: 2,
      allowed: [2],
      statesBefore: ['1', '2'],
      orders: [{ calls: [0, 2], earlier: 0, state: '2' }],
    });
  });

  it('is not looked for where the verdict is another, or the evidence names no contradiction', () => {
    expect(contradictionIn({ ...result, verdict: 'unknown' })).toBeUndefined();
    expect(contradictionIn({ ...result, evidence: result.evidence.slice(0, 1) })).toBeUndefined();
    expect(contradictionIn({ ...result, evidence: [] })).toBeUndefined();
  });

  it('goes without what older evidence does not have', () => {
    const bare = contradictionIn({
      ...result,
      evidence: result.evidence
        .slice(0, 2)
        .map(({ data, ...rest }) => ({ ...rest, data: { core: [2, 4], ...(data?.['core'] === undefined ? { core: 'no' } : {}) } })),
    });
    expect(bare).toMatchObject({ impossible: 4, core: [2, 4], minimal: false, orders: [] });
  });
});

describe('the page of a check', () => {
  const page = (summary: string, file: string): string => {
    const found = contradictionIn(result);
    const hostile = operations.map((one) =>
      one.f === 'read' && one.type === 'ok' ? { ...one, value: '</svg><script>alert(1)</script>' } : one,
    );
    const story = found === undefined ? undefined : tellStory(found, hostile, { lineOf: (position) => position + 1 });
    return checkPage(
      { verdict: 'invalid', summary, file, facts: { Model: 'register' }, warnings: [], ...(story === undefined ? {} : { story }) },
      'body{}',
    );
  };

  it('needs no script, fetches nothing, and shows hostile values as text', () => {
    const text = page('Not linearizable: </p><script>alert(2)</script>', '"><img src=x>');
    expect(text).not.toMatch(/<script|<img|<\/svg><script/);
    expect(text).toContain('&lt;/svg&gt;');
    expect(text).toContain("default-src 'none'; style-src 'unsafe-inline'");
    expect(text).not.toMatch(/(?:src|href)="(?!#)/);
  });

  it('leads from every bar to its row in the table', () => {
    const text = page('Not linearizable.', 'a.jsonl');
    const links = [...text.matchAll(/class="bar-link" href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links).toEqual(['operation-0', 'operation-2', 'operation-4']);
    for (const id of links) expect(text).toContain(`<tr id="${id ?? ''}"`);
  });

  it('numbers the points of the order and marks the impossible operation once', () => {
    const text = page('Not linearizable.', 'a.jsonl');
    expect([...text.matchAll(/class="point"/g)]).toHaveLength(2);
    expect([...text.matchAll(/class="operation impossible/g)]).toHaveLength(1);
    expect(text).toContain('only 2 possible');
  });
});
