/**
 * Edge proxies. Every connection between two nodes passes through one, which makes it the place where network faults happen and an
 * independent witness of every physical call.
 *
 *     const plane = createProxyPlane({ now, onRecord: (record) => traffic.append(record) });
 *     const { url } = await plane.openEdge({ from: 'order-1', to: 'replica-2' }, { host: '127.0.0.1', port: 7002 });
 */
export type { Target } from './callee-link.ts';
export { defaultHeaderNames, type HeaderNames } from './headers.ts';
export { createProxyPlane, type OpenEdge, type ProxyPlane, type ProxyPlaneOptions } from './plane.ts';
export type { Classify, EdgeName, FaultAction, FaultPlane, FaultRule, InjectedResponse, RequestView } from './types.ts';
