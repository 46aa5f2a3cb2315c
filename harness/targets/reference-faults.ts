/** The switch in the reference pipeline's nodes for what is wrong with their clocks and disks: `/faults`, to those who know the key. */
import { request } from 'undici';
import type { NodeFaultState, NodeFaultSwitch } from '../../nemesis/index.ts';
import { withDeadline } from '../deadline.ts';
import type { Addresses } from './target.ts';

const timeoutMs = 2000;

export function referenceNodeFaults(addresses: Addresses, faultKey: string): NodeFaultSwitch {
  const call = async (node: string, method: 'GET' | 'PATCH', body: object | undefined, signal: AbortSignal): Promise<NodeFaultState> => {
    const address = addresses.get(node);
    if (address === undefined) throw new Error(`there is no node ${node}`);
    return withDeadline(signal, timeoutMs, async (deadline) => {
      const response = await request(`${address}/faults`, {
        method,
        headers: { 'x-fault-key': faultKey, 'content-type': 'application/json' },
        signal: deadline,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.body.text();
      if (response.statusCode !== 200) throw new Error(`${node} answered ${response.statusCode} to ${method} /faults: ${text}`);
      return JSON.parse(text) as NodeFaultState;
    });
  };
  return {
    state: (node, signal) => call(node, 'GET', undefined, signal),
    apply: (node, change, signal) => call(node, 'PATCH', change, signal),
  };
}
