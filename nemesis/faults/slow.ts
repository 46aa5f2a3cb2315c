/**
 * Narrow, jittery links: so many bytes a second each way, shared by all calls of an edge, which queue for it. Large messages suffer most, and a
 * burst of small ones as much. (For a fixed delay there is `latency`.)
 */
import type { FaultRecord, TrafficRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import { chooseEdges, chosenEdgeOptions } from '../choose-edges.ts';
import { edgeOf } from '../edges.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { waitFor } from '../wait.ts';

const label = 'slowed';
/** A message that needs less than this proves nothing: any call takes as long. */
const noticeableMs = 20;
const patienceMs = 5000;

const options = {
  ...chosenEdgeOptions,
  kilobytesPerSecond: { default: 20, description: 'what each edge carries each way' },
  jitterMs: { default: 40, description: 'random delay of each message, up to this many milliseconds' },
  durationMs: { default: 5000, description: 'how long the edges stay slow, milliseconds' },
} as const;

export const slow: Nemesis = {
  name: 'slow',
  description: 'Narrows some edges to so many bytes a second, with jitter, for a while.',
  provenBy: 'calls that took as long at the proxy as their own bytes needed, or longer',
  options,
  colour: '#65803a',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 2000,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { kilobytesPerSecond, jitterMs, durationMs, ...choice } = readOptions(fault, options);
  if (!(kilobytesPerSecond > 0)) throw new Error(`${fault.nemesis}: kilobytesPerSecond=${kilobytesPerSecond}; expected more than 0`);
  const account = openAccount(fault, context);
  const edges = await chooseEdges(fault, choice, context, signal);
  const bytesPerMs = kilobytesPerSecond;
  /** When each edge will have carried what it was given, each way, milliseconds of the run. */
  const busyUntilMs = new Map<string, number>();
  let open = true;
  const carry = (link: string, bytes: number): number => {
    // What is still on its way when the fault is healed is let go.
    if (!open) return 0;
    const nowMs = context.now() / 1e6;
    const thereMs = Math.max(nowMs, busyUntilMs.get(link) ?? 0) + bytes / bytesPerMs;
    busyUntilMs.set(link, thereMs);
    // Timers count whole milliseconds, rounded down.
    return Math.ceil(thereMs - nowMs + context.random() * jitterMs) + 1;
  };
  const completed: TrafficRecord[] = [];
  let begun = 0;
  let ended = 0;
  const stopListening = context.plane.onTraffic((record) => {
    if (!record.faults.includes(label)) return;
    ended += 1;
    if (open && record.outcome === 'completed') completed.push(record);
  });
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request) {
      if (!edges.matches(request)) return undefined;
      const edge = edgeOf(request);
      account.hit(edge);
      begun += 1;
      return { label, transferMs: (way, bytes) => carry(`${edge} ${way}`, bytes) };
    },
  });
  try {
    await context.sleep(durationMs, signal).catch(() => undefined);
  } finally {
    open = false;
    removeRule();
  }
  await waitFor(context, () => (ended >= begun ? true : undefined), patienceMs, signal);
  stopListening();
  const needed = completed.map((record) => ({
    neededMs: (record.requestBytes + record.responseBytes) / bytesPerMs,
    tookMs: (record.endedAt - record.receivedAt) / 1e6,
  }));
  const largestMs = needed.reduce((most, { neededMs }) => Math.max(most, neededMs), 0);
  const tooFast = needed.filter(({ neededMs, tookMs }) => tookMs < neededMs).length;
  account.prove(`calls on ${edges.description} were slowed`, completed.length > 0, `${completed.length} of ${begun} completed meanwhile`);
  account.prove(
    'each took at least as long as its bytes needed, and some that was long enough to be noticed',
    completed.length > 0 && tooFast === 0 && largestMs >= noticeableMs,
    `${tooFast} were faster; the largest needed ${Math.round(largestMs)} ms`,
  );
  return account.close({ edges: edges.description, slowedCalls: begun, kilobytesPerSecond });
}
