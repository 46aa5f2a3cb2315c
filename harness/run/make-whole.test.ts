import { describe, expect, it } from 'vitest';
import type { NodeState } from '../drivers/index.ts';
import { makeWhole } from './make-whole.ts';
import { createRemarks } from './remarks.ts';

function cluster(states: Readonly<Record<string, NodeState>>, failing: { readonly restart?: true; readonly healthy?: true } = {}) {
  const now: Record<string, NodeState> = { ...states };
  const remarks = createRemarks(() => undefined);
  const driver = {
    status: async (node: string) => ({ state: now[node] ?? ('absent' as const) }),
    resume: async (node: string) => {
      now[node] = 'running';
    },
    restart: async (node: string) => {
      if (failing.restart === true) throw new Error('its port is taken');
      now[node] = 'running';
    },
  };
  const healthy = async () => {
    if (failing.healthy === true) throw new Error('order-1 was not ready');
  };
  const whole = makeWhole({ nodes: Object.keys(states), driver, healthy, remarks });
  return { whole, now, remarks: () => remarks.all };
}

describe('makeWhole', () => {
  it('leaves nodes that run alone, and has nothing to say of them', async () => {
    const { whole, remarks } = cluster({ 'order-1': 'running', 'order-2': 'running' });
    expect(await whole).toBe(true);
    expect(remarks()).toEqual([]);
  });

  it('resumes a node that a fault left paused and starts one that is down, and keeps neither to itself', async () => {
    const { whole, now, remarks } = cluster({ 'order-1': 'paused', 'order-2': 'exited', 'order-3': 'running' });
    expect(await whole).toBe(true);
    expect(now).toEqual({ 'order-1': 'running', 'order-2': 'running', 'order-3': 'running' });
    expect(remarks()).toEqual([
      { text: 'order-1 was still paused when the load had ended, and was resumed', spoils: true },
      { text: 'order-2 was down when the load had ended, and was started again', spoils: true },
    ]);
  });

  it('says no when a node does not come back', async () => {
    const { whole, remarks } = cluster({ 'order-1': 'exited' }, { restart: true });
    expect(await whole).toBe(false);
    expect(remarks()).toContainEqual({ text: 'order-1 could not be brought back: its port is taken', spoils: true });
  });

  it('says no when all run but are not ready', async () => {
    const { whole, remarks } = cluster({ 'order-1': 'running' }, { healthy: true });
    expect(await whole).toBe(false);
    expect(remarks()).toEqual([{ text: 'after the load, order-1 was not ready', spoils: true }]);
  });
});
