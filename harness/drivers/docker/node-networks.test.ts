import { describe, expect, it } from 'vitest';
import { NodeNetworks } from './node-networks.ts';
import { countScript, filterScript } from './packet-filter.ts';

/** Nodes `a` and `b` that call `c`; scripts are kept in place of being run. */
function open(state: { readonly paused?: Set<string>; readonly fails?: (node: string) => boolean } = {}) {
  const ran: { node: string; script: string }[] = [];
  const networks = new NodeNetworks({
    proxyOf: ({ from, to }) => (to === 'c' ? { host: '198.19.0.1', port: from === 'a' ? 1001 : 1002 } : undefined),
    run: async (node, script) => {
      if (state.paused?.has(node) === true) return undefined;
      if (state.fails?.(node) === true) throw new Error(`${node} is out of reach`);
      ran.push({ node, script });
      return script === countScript('1') ? '3' : '';
    },
  });
  return { networks, ran };
}

const both = [
  { from: 'a', to: 'c', half: 'request' },
  { from: 'b', to: 'c', half: 'response' },
] as const;

describe('a cut', () => {
  it('drops both ways what a request needs, and only what comes back for a response', async () => {
    const { networks, ran } = open();
    await networks.cut(both);
    expect(ran.map(({ node }) => node)).toEqual(['a', 'b']);
    const dropsIn = (node: string) => ran.find((one) => one.node === node)?.script.match(/^-A .*$/gm);
    expect(dropsIn('a')).toEqual([
      '-A SEAMPROOF-1 -p tcp -d 198.19.0.1 --dport 1001 -j DROP',
      '-A SEAMPROOF-1 -p tcp -s 198.19.0.1 --sport 1001 -j DROP',
    ]);
    expect(dropsIn('b')).toEqual(['-A SEAMPROOF-1 -p tcp -s 198.19.0.1 --sport 1002 -j DROP']);
  });

  it('leaves alone nodes that call nobody across it', async () => {
    const { networks, ran } = open();
    await networks.cut([{ from: 'c', to: 'a', half: 'request' }]);
    expect(ran).toEqual([]);
  });

  it('counts what it dropped, over all nodes', async () => {
    const { networks } = open();
    expect(await (await networks.cut(both)).droppedPackets()).toBe(6);
  });

  it('is taken back alone when another goes on, and twice without harm', async () => {
    const { networks, ran } = open();
    const first = await networks.cut(both);
    await networks.cut(both);
    await first.heal();
    await first.heal();
    expect(ran.at(-1)?.script).toBe(filterScript(new Map([['2', [{ host: '198.19.0.1', port: 1002, half: 'response' }]]])));
  });

  it('reaches a node that was paused when it is resumed, and a healed one does not', async () => {
    const paused = new Set(['a']);
    const { networks, ran } = open({ paused });
    const cut = await networks.cut(both);
    paused.clear();
    await networks.refresh('a');
    expect(ran.at(-1)?.script).toContain('-A SEAMPROOF-1');
    await cut.heal();
    await networks.refresh('a');
    expect(ran.at(-1)?.script).not.toContain('-A ');
  });

  it('that fails in one node is healed in the others', async () => {
    let broken = true;
    const { networks, ran } = open({ fails: (node) => node === 'b' && broken });
    await expect(networks.cut(both)).rejects.toThrow('b is out of reach');
    broken = false;
    expect(ran.at(-1)).toEqual({ node: 'a', script: filterScript(new Map()) });
  });
});
