/**
 * `GET` and `PATCH /faults`: what is wrong with this node's clock and disk, for whoever tests it. Only a node that was started with a fault key
 * has these, and only to callers that know it; to all others there is no such path.
 */
import { z } from 'zod';
import type { FaultSwitch } from '../runtime/injected/index.ts';
import type { IncomingRequest } from '../runtime/port.ts';
import { json, ProblemError, parseBody, type Route } from './http.ts';

export const faultsPath = '/faults';
const keyHeader = 'x-fault-key';
const longestDelayMs = 60_000;
const largestOffsetMs = 365 * 86_400_000;
const rate = z.number().min(0).max(100);

/** Whatever a body leaves out stays as it is. A monotonic clock that stood still would stop the node for good. */
const changeSchema = z.strictObject({
  clock: z
    .strictObject({
      offsetMs: z.number().min(-largestOffsetMs).max(largestOffsetMs).exactOptional(),
      wallRate: rate.exactOptional(),
      monotonicRate: rate.min(0.01).exactOptional(),
    })
    .exactOptional(),
  disk: z
    .strictObject({
      full: z.boolean().exactOptional(),
      syncDelayMs: z.number().min(0).max(longestDelayMs).exactOptional(),
      holdSyncs: z.boolean().exactOptional(),
    })
    .exactOptional(),
});

export function faultRoutes(faults: FaultSwitch, key: string): readonly Route[] {
  const admit = (request: IncomingRequest): void => {
    if (request.headers[keyHeader] !== key)
      throw new ProblemError({ code: 'not-found', status: 404, detail: `There is no ${faultsPath} here.` });
  };
  return [
    {
      method: 'GET',
      path: faultsPath,
      async handle(request) {
        admit(request);
        return json(200, faults.state());
      },
    },
    {
      method: 'PATCH',
      path: faultsPath,
      async handle(request) {
        admit(request);
        faults.apply(parseBody(changeSchema, request));
        return json(200, faults.state());
      },
    },
  ];
}
