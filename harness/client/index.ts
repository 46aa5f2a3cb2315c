/** Clients: logical processes that perform a generator's operations against the pipeline and record what came of them. */
export { createHomes, type Homes } from './homes.ts';
export { createHttpClient, type HttpCall, type HttpClient } from './http.ts';
export { type RunClientsOptions, runClients } from './run-clients.ts';
export { type ClientStats, type FunctionStats, noStats } from './stats.ts';
export type { ClientOperation, Endpoint, Outcome, WorkloadClient } from './types.ts';
