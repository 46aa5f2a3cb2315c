/** Slows edges down: requests on their way there, responses on their way back, or both. */
import type { FaultRecord, TrafficRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import { chooseEdges, chosenEdgeOptions } from '../choose-edges.ts';
import { edgeOf } from '../edges.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { waitFor } from '../wait.ts';

const label = 'delayed';
/** Beyond the delays, for the callee to answer. */
const patienceMs = 2000;

const options = {
  ...chosenEdgeOptions,
  requestMs: { default: 0, description: 'delay before a request is handed on, milliseconds' },
  responseMs: { default: 0, description: 'delay before a response is handed back, milliseconds' },
  jitterMs: { default: 0, description: 'random addition to each delay, up to this many milliseconds' },
  durationMs: { default: 4000, description: 'how long the edges stay slow, milliseconds' },
} as const;

export const latency: Nemesis = {
  name: 'latency',
  description: 'Delays requests, responses or both on some edges for a while.',
  provenBy: 'the time the delayed calls took at the proxy, whether their callers waited for it or not',
  options,
  colour: '#a16207',
  // A call that came last still has its whole delay before it.
  typicalDurationMs: (_target, given) =>
    millisecondsOf(given, 'durationMs', options.durationMs) +
    millisecondsOf(given, 'requestMs', options.requestMs) +
    millisecondsOf(given, 'responseMs', options.responseMs) +
    1000,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { requestMs, responseMs, jitterMs, durationMs, ...choice } = readOptions(fault, options);
  const account = openAccount(fault, context);
  const edges = await chooseEdges(fault, choice, context, signal);
  const jitter = (): number => context.random() * jitterMs;
  let delayedCalls = 0;
  const ended: TrafficRecord[] = [];
  const stopListening = context.plane.onTraffic((record) => {
    if (record.faults.includes(label) && record.respondedAt !== undefined) ended.push(record);
  });
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request) {
      if (!edges.matches(request)) return undefined;
      account.hit(edgeOf(request));
      delayedCalls += 1;
      return { label, delayRequestMs: requestMs + jitter(), delayResponseMs: responseMs + jitter() };
    },
  });
  // Of many calls one draws at least a quarter of the jitter.
  const wantedMs = requestMs + responseMs + jitterMs / 4;
  const slowestMs = (): number => ended.reduce((most, { receivedAt, endedAt }) => Math.max(most, endedAt - receivedAt), 0) / 1e6;
  try {
    await context.sleep(durationMs, signal).catch(() => undefined);
    removeRule();
    // A delay that is longer than callers wait shows only once it is over: the proxy sees the call through without its caller.
    const longestMs = requestMs + responseMs + 2 * jitterMs + patienceMs;
    await waitFor(context, () => (delayedCalls === 0 || slowestMs() >= wantedMs ? true : undefined), longestMs, signal);
  } finally {
    removeRule();
    stopListening();
  }
  account.prove(`calls on ${edges.description} were delayed`, delayedCalls > 0, `${delayedCalls} calls`);
  account.prove(
    `a delayed call took at least ${wantedMs} ms`,
    wantedMs > 0 && slowestMs() >= wantedMs,
    `the slowest took ${Math.round(slowestMs())} ms`,
  );
  return account.close({ edges: edges.description, delayedCalls });
}
