import { describe, expect, it } from 'vitest';
import type { Operation } from '../../harness/history/index.ts';
import { history } from '../support/history.ts';
import { type Contradiction, tellStory } from './story.ts';
import { notes, reason, shortReason, steps } from './words.ts';

const nothing: Contradiction = { impossible: 0, core: [], context: [], minimal: true, statesBefore: [], orders: [] };

/** write(1), write(2), then a read that still sees 1; a write nobody answered; one on another key; and a nemesis. */
const staleRead: readonly Operation[] = history(`
  10 0 invoke write 1
  20 0 ok     write 1
  25 nemesis info pause null
  30 1 invoke write 2
  40 1 ok     write 2
  45 3 invoke write 7
  46 4 invoke read null
  47 4 ok     read 2
  50 2 invoke read null
  60 2 ok     read 1
  70 1 invoke write 9
`);
const found: Contradiction = {
  ...nothing,
  impossible: 8,
  core: [3, 8],
  context: [0],
  orders: [{ calls: [0, 3, 6], state: '2' }],
  allowed: [2, 7],
};

describe('the story of a violation', () => {
  it('holds the contradiction, what it refers to, the order tried, and what may take effect meanwhile', () => {
    const story = tellStory(found, staleRead);
    expect(story?.calls.map(({ id, label, role }) => [id, label, role])).toEqual([
      [0, 'write(1)', 'context'],
      [3, 'write(2)', 'core'],
      [5, 'write(7) → ?', 'around'],
      [6, 'read → 2', 'around'],
      [8, 'read → 1', 'impossible'],
    ]);
  });

  it('says what was returned and what was possible, in words that hold for every order', () => {
    const story = tellStory(found, staleRead);
    expect(story && [reason(story), shortReason(story)]).toEqual([
      'returned 1, but every order allows only 2 or 7',
      'only 2 or 7 possible',
    ]);
  });

  it('claims nothing about other orders when it was not worked out what they allow', () => {
    const { allowed: _unknown, ...unsure } = found;
    const story = tellStory(unsure, staleRead);
    expect(story && reason(story)).toBe('returned 1, but no order allows that: the longest leaves 2');
  });

  it('places each step by the latest that had ended before it', () => {
    const story = tellStory(found, staleRead);
    expect(story && steps(story).map(({ call, text }) => `${call.label} ${text}`)).toEqual([
      'write(1) by process 0 comes first.',
      'write(2) by process 1 began after (1) had ended.',
      'read → 1 by process 2 began after (2) had ended. Impossible: it returned 1, but every order allows only 2 or 7.',
    ]);
  });

  it('does not call operations of the same instant one before the other', () => {
    const touching = history(`
      10 0 invoke write 1
      20 0 ok     write 1
      20 1 invoke read null
      30 1 ok     read 5
    `);
    const story = tellStory({ ...nothing, impossible: 2, core: [2], context: [0] }, touching);
    expect(story && steps(story)[1]?.text).toContain('while (1) was still open');
  });

  it('counts what it leaves out, up to the end of the impossible operation', () => {
    const busy = history(`
      10 0 invoke write 1
      20 0 ok     write 1
      30 1 invoke read null
      31 1 ok     read 1
      32 1 invoke read null
      33 1 ok     read 1
      50 2 invoke read null
      55 3 invoke write 3
      60 2 ok     read 5
      70 1 invoke read null
      71 1 ok     read 1
      90 3 ok     write 3
    `);
    const story = tellStory({ ...nothing, impossible: 6, core: [6], context: [0] }, busy);
    expect(story?.omissions).toEqual([{ afterNs: 20, count: 2 }]);
  });

  it('shows the last of a contradiction too large to look at, and says how large it is', () => {
    const lines = Array.from({ length: 40 }, (_, at) => `${10 * at} 0 invoke acquire null\n${10 * at + 5} 0 ok acquire null`);
    const story = tellStory({ ...nothing, impossible: 78, core: Array.from({ length: 40 }, (_, at) => 2 * at) }, history(lines.join('\n')));
    expect(story?.calls.length).toBe(24);
    expect(story?.calls.at(-1)?.role).toBe('impossible');
    expect(story && notes(story)[0]).toBe('Shown are the last 24 of 40 operations that contradict each other.');
  });

  it('numbers the end of an order without a gap, and counts what came before', () => {
    const lines = Array.from({ length: 12 }, (_, at) => `${10 * at} 0 invoke write ${at}\n${10 * at + 5} 0 ok write ${at}`);
    const order = Array.from({ length: 11 }, (_, at) => 2 * at);
    // The first is shown as well, since others refer to it; a line from it to the last seven would skip three.
    const story = tellStory(
      { ...nothing, impossible: 22, core: [22], context: [0], orders: [{ calls: order, state: '10' }] },
      history(lines.join('\n')),
    );
    expect(story?.orders).toEqual([{ calls: order.slice(-7), earlier: 4, state: '10' }]);
  });

  it('names the object once when there is one, and on each operation when there are several', () => {
    const keyed = (key: (position: number) => string) =>
      staleRead.map((one, at) => (one.process === 'nemesis' ? one : { ...one, key: key(at) }));
    const same = tellStory(
      found,
      keyed(() => 'a'),
    );
    expect([same?.key, same?.calls[0]?.label]).toEqual(['a', 'write(1)']);
    const several = tellStory(
      found,
      keyed((at) => (at < 2 ? 'a' : 'b')),
    );
    expect([several?.key, several?.calls[0]?.label]).toEqual([undefined, 'a: write(1)']);
  });

  it('has nothing to tell of an operation that is not in the history', () => {
    expect(tellStory({ ...nothing, impossible: 99 }, staleRead)).toBeUndefined();
  });

  it('says that a failed cas found another value, and what a successful one cannot have found', () => {
    const cas = (type: string): readonly Operation[] => history(`10 0 invoke cas [1,2]\n20 0 ${type} cas [1,2]`);
    const told = (type: string) => tellStory({ ...nothing, impossible: 0, core: [0], allowed: [type === 'ok' ? 5 : 1] }, cas(type));
    const [ok, fail] = [told('ok'), told('fail')];
    expect(ok && reason(ok)).toBe('found 1, but every order allows only 5 there');
    expect(fail && reason(fail)).toBe('found something other than 1, but every order allows only 1 there');
  });
});
