/** Slows edges down: requests on their way there, responses on their way back, or both. */
import type { FaultRecord } from '../../harness/history/index.ts';
import { edgeOf, edgeOptions, selectEdges } from '../edges.ts';
import type { Nemesis } from '../nemesis.ts';
import { millisecondsOf } from '../options.ts';

const label = 'delayed';

const options = {
  ...edgeOptions,
  requestMs: { default: 0, description: 'delay before a request is handed on, milliseconds' },
  responseMs: { default: 0, description: 'delay before a response is handed back, milliseconds' },
  jitterMs: { default: 0, description: 'random addition to each delay, up to this many milliseconds' },
  durationMs: { default: 4000, description: 'how long the edges stay slow, milliseconds' },
} as const;

export const latency: Nemesis = {
  name: 'latency',
  description: 'Delays requests, responses or both on some edges for a while.',
  provenBy: 'the time the delayed calls took at the proxy',
  options,
  colour: '#a16207',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 1000,
  async inject(fault, context, signal): Promise<FaultRecord> {
    const startedAt = context.now();
    const edges = selectEdges(fault, context.target);
    const option = (name: string): number => Number(fault.options[name] ?? 0);
    const jitter = (): number => context.random() * option('jitterMs');
    const hit = new Set<string>();
    let delayedCalls = 0;
    let slowestMs = 0;
    const stopListening = context.plane.onTraffic((record) => {
      if (!record.faults.includes(label) || record.respondedAt === undefined) return;
      slowestMs = Math.max(slowestMs, (record.endedAt - record.receivedAt) / 1e6);
    });
    const removeRule = context.plane.addRule({
      id: fault.id,
      decide(request) {
        if (!edges.matches(request)) return undefined;
        hit.add(edgeOf(request));
        delayedCalls += 1;
        return { label, delayRequestMs: option('requestMs') + jitter(), delayResponseMs: option('responseMs') + jitter() };
      },
    });
    try {
      await context.sleep(option('durationMs'), signal).catch(() => undefined);
    } finally {
      removeRule();
      stopListening();
    }
    // Of many calls one draws at least a quarter of the jitter.
    const wantedMs = option('requestMs') + option('responseMs') + option('jitterMs') / 4;
    return {
      id: fault.id,
      nemesis: fault.nemesis,
      targets: [...hit].sort(),
      startedAt,
      healedAt: context.now(),
      proofs: [
        { claim: `calls on ${edges.description} were delayed`, holds: delayedCalls > 0, detail: `${delayedCalls} calls` },
        {
          claim: `a delayed call took at least ${wantedMs} ms`,
          holds: slowestMs >= wantedMs && wantedMs > 0,
          detail: `the slowest took ${Math.round(slowestMs)} ms`,
        },
      ],
      facts: { edges: [...hit].sort(), delayedCalls },
    };
  },
};
