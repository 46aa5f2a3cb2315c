import { describe, expect, it } from 'vitest';
import type { Recovery } from '../../drivers/index.ts';
import { describeRecoveries } from './recover.ts';

const recovery = (recovered: Partial<Recovery>): Recovery => ({
  runDirectory: '/project/runs/orders/1',
  outcome: 'recovered',
  ended: [],
  notOurs: [],
  left: [],
  elsewhere: { removed: [], left: [] },
  ...recovered,
});

describe('harness recover', () => {
  it('says so when there was nothing to do', () => {
    expect(describeRecoveries([], '/project')).toBe('nothing to recover\n');
    expect(describeRecoveries([recovery({ outcome: 'nothing-left' }), recovery({ outcome: 'no-journal' })], '/project')).toBe(
      'nothing to recover\n',
    );
  });

  it('names every process it ended, could not end, or left alone', () => {
    const text = describeRecoveries(
      [
        recovery({ ended: [{ node: 'order-1', pid: 11 }, { pid: 12 }], left: [{ node: 'order-2', pid: 13 }] }),
        recovery({ runDirectory: '/project/runs/orders/2', outcome: 'nothing-left', notOurs: [{ node: 'order-3', pid: 14 }] }),
        recovery({ runDirectory: '/project/runs/orders/3', outcome: 'harness-alive' }),
        recovery({ runDirectory: '/project/runs/orders/4', elsewhere: { removed: ['2 nodes on a'], left: ['the nodes on b: no answer'] } }),
      ],
      '/project',
    );
    expect(text.split('\n')).toEqual([
      'runs/orders/1: ended order-1 (process 11), process 12',
      'runs/orders/1: could not end order-2 (process 13)',
      'runs/orders/2: left order-3 (process 14) alone, since that is no process of ours',
      'runs/orders/3: still going, left alone',
      'runs/orders/4: removed 2 nodes on a',
      'runs/orders/4: could not remove the nodes on b: no answer',
      '',
    ]);
  });
});
