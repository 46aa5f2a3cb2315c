import { STATUS_CODES } from 'node:http';
import type { InjectedResponse } from '../types.ts';
import type { Effect } from './effect.ts';

/** Answers in the callee's place, which never hears of the call. */
export const respondWith: Effect = {
  stage: 'request',
  applies: (action) => action.respondWith !== undefined,
  pass: (action) => Promise.resolve(action.respondWith ?? 'pass'),
};

/** The response as bytes, with its length. */
export function responseBytes({ status, headers, body }: InjectedResponse, requestMethod: string): Buffer {
  const payload = Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Injected'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${payload.length}`,
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return requestMethod === 'HEAD' ? head : Buffer.concat([head, payload]);
}
