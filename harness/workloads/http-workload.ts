/** The client that the workloads share: one HTTP call for each operation, to the home node of the process. */
import { type ClientOperation, createHomes, createHttpClient, type Endpoint, type HttpCall, type WorkloadClient } from '../client/index.ts';
import type { Random } from '../generator/index.ts';

/** How an operation becomes a call. Throws when its argument isn't what the workload gives. */
export type CallFor = (operation: ClientOperation) => Omit<HttpCall, 'endpoint'>;

export function createHttpWorkloadClient(
  endpoints: readonly Endpoint[],
  random: Random,
  calls: Readonly<Record<string, CallFor>>,
  pureFunctions: readonly string[],
): WorkloadClient {
  const http = createHttpClient(endpoints);
  const homes = createHomes(endpoints, random);
  return {
    pureFunctions,
    invoke: async (operation, signal) => {
      const callFor = Object.hasOwn(calls, operation.f) ? calls[operation.f] : undefined;
      if (callFor === undefined) throw new Error(`this workload has no function ${operation.f}, only ${Object.keys(calls).join(', ')}`);
      const outcome = await http.call({ ...callFor(operation), endpoint: homes.of(operation.process) }, signal);
      homes.after(operation.process, outcome);
      return outcome;
    },
    close: () => http.close(),
  };
}
