/** An edge fails for a moment: calls on it are answered with an error, or their connections are reset, without reaching the callee. */
import type { FaultRecord } from '../../harness/history/index.ts';
import type { FaultAction } from '../../harness/proxy/types.ts';
import { openAccount } from '../account.ts';
import { edgeOf, effectOptions, selectEdges } from '../edges.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';

const label = 'error-injected';
const reset = 'reset';

const options = {
  ...effectOptions,
  status: { default: '503', description: 'what the calls are answered with: a status from 400 to 599, or reset' },
  share: { default: 1, description: 'share of the calls that fail, above 0 and up to 1' },
  durationMs: { default: 3000, description: 'how long it lasts, milliseconds' },
} as const;

export const errorBurst: Nemesis = {
  name: 'error-burst',
  description: 'Answers calls on some edges with an error, or resets their connections, for a while.',
  provenBy: 'the injected answers, counted at the proxy',
  options,
  colour: '#65a30d',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 500,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { status, share, durationMs } = readOptions(fault, options);
  const action = actionFor(fault, status);
  if (!(share > 0 && share <= 1)) throw new Error(`${fault.nemesis}: share=${share}; expected a number above 0 and up to 1`);
  const edges = selectEdges(fault, context.target, effectOptions);
  const account = openAccount(fault, context);
  let failed = 0;
  const stopListening = context.plane.onTraffic((record) => {
    if (!record.faults.includes(label) || record.forwardedAt !== undefined) return;
    if (record.outcome === (status === reset ? 'dropped' : 'completed')) failed += 1;
  });
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request) {
      if (!edges.matches(request) || context.random() >= share) return undefined;
      account.hit(edgeOf(request));
      return action;
    },
  });
  try {
    await context.sleep(durationMs, signal).catch(() => undefined);
  } finally {
    removeRule();
    stopListening();
  }
  account.prove(
    `calls on ${edges.description} ${status === reset ? 'were reset' : `were answered with ${status}`} by the proxy`,
    failed > 0,
    `${failed} calls`,
  );
  return account.close({ status, failedCalls: failed });
}

function actionFor(fault: PlannedFault, status: string): FaultAction {
  if (status === reset) return { label, refuse: true };
  const code = Number(status);
  if (!/^[45][0-9]{2}$/.test(status)) throw new Error(`${fault.nemesis}: status=${status}; expected a status from 400 to 599, or reset`);
  // No problem document: what something on the way answers vouches for nothing.
  return { label, respondWith: { status: code, headers: { 'content-type': 'text/plain' }, body: 'injected by a fault\n' } };
}
