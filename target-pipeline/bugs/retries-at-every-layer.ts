import { type OutgoingRequest, type Transport, TransportError, type TransportResponse } from '../runtime/index.ts';
import type { Bug } from './bug.ts';

const attemptsBeneath = 3;

/** A transport that helps: what failed is sent again at once, and the layer above never hears of it. */
function helpful(transport: Transport): Transport {
  const request = async (outgoing: OutgoingRequest): Promise<TransportResponse> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await transport.request(outgoing);
        if (response.status < 500 || attempt === attemptsBeneath) return response;
      } catch (error) {
        if (!(error instanceof TransportError) || error.kind === 'aborted' || attempt === attemptsBeneath) throw error;
      }
    }
  };
  return { listen: (options) => transport.listen(options), request, close: () => transport.close() };
}

/** Three attempts at each of three layers are 27 calls ("Site Reliability Engineering", 2016, chapter 22, "Addressing Cascading Failures"). */
export const retriesAtEveryLayer: Bug = {
  name: 'retries-at-every-layer',
  description: 'The HTTP client retries beneath the layer that retries, so the attempts of both multiply and no budget counts them.',
  nemesis: 'retry-storm',
  workload: 'orders',
  caughtBy: 'bounded-retries',
  apply: (components) => ({ ...components, retryLayer: { ...components.retryLayer, sendingThrough: helpful } }),
};
