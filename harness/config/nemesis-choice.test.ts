import { describe, expect, it } from 'vitest';
import { problemOf, resolveForTest, testCatalogue } from './test-support.ts';

const nemesesOf = (nemesis: unknown) => resolveForTest({ flags: { nemesis } }).nemeses;
const defaults = { holdMs: 8_000, times: 1, timesMs: 5, strict: false, role: 'leader' };

describe('--nemesis', () => {
  it('takes several names, each with options, and fills in the rest', () => {
    expect(nemesesOf('pause-leader:hold=9s:times=2,none')).toEqual([
      { name: 'pause-leader', options: { ...defaults, holdMs: 9_000, times: 2 } },
      { name: 'none', options: {} },
    ]);
  });

  it('may be given several times', () => {
    expect(nemesesOf(['pause-leader', 'none']).map(({ name }) => name)).toEqual(['pause-leader', 'none']);
  });

  it.each([
    ['hold=9', 9_000],
    ['hold=1500ms', 1_500],
    ['hold=0', 0],
    ['hold=0s', 0],
    ['holdMs=9000', 9_000],
    ['holdMs=9s', 9_000],
  ])('reads the duration %s', (option, holdMs) => {
    expect(nemesesOf(`pause-leader:${option}`)[0]?.options['holdMs']).toBe(holdMs);
  });

  it('reads switches, with and without a value, and texts', () => {
    expect(nemesesOf('pause-leader:strict:role=replica')[0]?.options).toEqual({ ...defaults, strict: true, role: 'replica' });
    expect(nemesesOf('pause-leader:strict=false')[0]?.options).toEqual(defaults);
  });

  it('takes objects from a file', () => {
    const file = { path: 'harness.config.ts', config: { nemesis: ['none', { name: 'pause-leader', options: { hold: '5s', times: 3 } }] } };
    expect(resolveForTest({ file }).nemeses).toEqual([
      { name: 'none', options: {} },
      { name: 'pause-leader', options: { ...defaults, holdMs: 5_000, times: 3 } },
    ]);
  });

  it('suggests a name for an unknown one', () => {
    expect(problemOf(() => nemesesOf('pause-leder'))).toMatchObject({ code: 'unknown-name', advice: 'pause-leader' });
  });

  it('suggests an option for an unknown one', () => {
    expect(problemOf(() => nemesesOf('pause-leader:hodl=8s'))).toMatchObject({
      code: 'unknown-nemesis-option',
      advice: 'pause-leader:hold=…',
    });
    expect(problemOf(() => nemesesOf('none:hold=8s'))).toMatchObject({ code: 'unknown-nemesis-option', expected: 'no options' });
    expect(problemOf(() => nemesesOf('none:__proto__=1'))).toMatchObject({ code: 'unknown-nemesis-option' });
  });

  it.each([
    'pause-leader:hold=-8s',
    'pause-leader:hold',
    'pause-leader:times=twice',
    'pause-leader:strict=maybe',
    'pause-leader:=3',
    'pause-leader:hold=1:hold=2',
    'none,',
    ',',
    '',
  ])('refuses %j', (nemesis) => {
    expect(problemOf(() => nemesesOf(nemesis)).code).toBe('invalid-value');
  });

  it('refuses the same nemesis twice', () => {
    expect(problemOf(() => nemesesOf('none,none')).code).toBe('given-twice');
  });
});

describe('--nemesis-targets', () => {
  const targeted = {
    ...testCatalogue,
    nemeses: [
      ...testCatalogue.nemeses,
      { name: 'kill', description: 'Kills.', provenBy: 'Exit.', options: { targets: { default: 'any', description: 'Whom.' } } },
    ],
  };
  const resolve = (flags: Readonly<Record<string, unknown>>) => resolveForTest({ flags, catalogue: targeted });

  it('says whom every fault hits', () => {
    expect(resolve({ nemesis: 'kill', 'nemesis-targets': 'leaders' }).nemeses).toEqual([{ name: 'kill', options: { targets: 'leaders' } }]);
    expect(resolve({ nemesis: 'kill' }).nemeses).toEqual([{ name: 'kill', options: { targets: 'any' } }]);
  });

  it('gives way to what a nemesis is told itself', () => {
    expect(resolve({ nemesis: 'kill:targets=one', 'nemesis-targets': 'leaders' }).nemeses[0]?.options).toEqual({ targets: 'one' });
  });

  it('is refused for a nemesis that chooses by itself whom it hits, with those that do not', () => {
    expect(problemOf(() => resolve({ nemesis: 'kill,pause-leader', 'nemesis-targets': 'one' }))).toMatchObject({
      code: 'conflicting-settings',
      happened: '--nemesis-targets is one, and whom pause-leader hits is not for choosing',
      expected: expect.stringContaining('kill'),
    });
  });
});
