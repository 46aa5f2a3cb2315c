/**
 * Loses answers to effects: the request is delivered and carried out, the complete response is read by the proxy and thrown away, and the
 * caller's connection is reset. The caller can't know what happened and has to ask again with the same key. (Two Generals; Helland,
 * "Idempotence is not a medical condition", 2012.)
 */
import type { FaultRecord, TrafficRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import { edgeOf, effectOptions, selectEdges } from '../edges.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { readOptions } from '../options.ts';
import { waitFor } from '../wait.ts';

const label = 'response-dropped';

const options = {
  ...effectOptions,
  count: { default: 3, description: 'effects that lose their answers' },
  times: { default: 1, description: 'answers that each of them loses before one gets through' },
  windowMs: { default: 8000, description: 'how long to wait for calls, and for them to be asked again, milliseconds' },
} as const;

export const lostResponse: Nemesis = {
  name: 'lost-response',
  description: 'Lets some effects happen and drops their responses, so that they are asked for again with the same key.',
  provenBy: 'complete responses that the proxy discarded, and later deliveries of the same idempotency keys',
  options,
  colour: '#0891b2',
  typicalDurationMs: () => 4000,
  inject,
};

/** At first one effect of a kind is enough, so that rare ones, such as refunds, get their turn; after this, whatever comes. */
const varietyMs = 1500;

/** What became of one effect. */
interface Loss {
  readonly action: string;
  /** Deliveries that were let in on to lose their response. */
  begun: number;
  /** Answers 200, complete, and thrown away. */
  readonly lost: TrafficRecord[];
  readonly later: TrafficRecord[];
}

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { count, times, windowMs } = readOptions(fault, options);
  const edges = selectEdges(fault, context.target, effectOptions);
  const account = openAccount(fault, context);
  const losses = new Map<string, Loss>();
  const beganAt = context.now();
  const stopListening = context.plane.onTraffic((record) => {
    const loss = losses.get(record.idempotencyKey ?? '');
    if (loss === undefined) return;
    if (!record.faults.includes(label)) loss.later.push(record);
    else if (record.outcome === 'dropped' && record.status === 200 && record.respondedAt !== undefined) loss.lost.push(record);
    else loss.begun -= 1;
  });
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request) {
      const { idempotencyKey } = request;
      if (idempotencyKey === undefined || !edges.matches(request)) return undefined;
      const loss = losses.get(idempotencyKey) ?? { action: actionOf(request), begun: 0, lost: [], later: [] };
      const active = activeIn(losses);
      const isNew = !active.includes(loss);
      if (loss.begun >= times || (isNew && active.length >= count)) return undefined;
      if (isNew && context.now() - beganAt < varietyMs * 1e6 && active.some(({ action }) => action === loss.action)) return undefined;
      loss.begun += 1;
      losses.set(idempotencyKey, loss);
      account.hit(edgeOf(request));
      return { label, dropResponse: true };
    },
  });
  try {
    await waitFor(
      context,
      () => (discardedIn(losses).length >= count && discardedIn(losses).every((loss) => wasAskedAgain(loss, times)) ? true : undefined),
      windowMs,
      signal,
    );
  } finally {
    removeRule();
    stopListening();
  }
  const discarded = discardedIn(losses);
  const asked = discarded.filter((loss) => wasAskedAgain(loss, 1));
  context.note(`${discarded.length} effects lost their answers, ${asked.length} of them were asked for again`);
  account.prove(
    'the proxy saw complete responses to effects and discarded them',
    discarded.length > 0,
    `of ${discarded.length} effects; ${count} were wanted`,
  );
  account.prove('the same idempotency keys were delivered again later', asked.length > 0, `${asked.length} of ${discarded.length} effects`);
  return account.close({ keys: [...losses].filter(([, loss]) => loss.lost.length > 0).map(([key]) => key) });
}

const activeIn = (losses: ReadonlyMap<string, Loss>): readonly Loss[] =>
  [...losses.values()].filter(({ begun, lost }) => begun > 0 || lost.length > 0);

/** What kind of thing is asked for: by the last part of the path, as in `/payments/17/refund`. */
const actionOf = ({ path }: { readonly path: string }): string => path.split('?', 1)[0]?.split('/').at(-1) ?? '';

const discardedIn = (losses: ReadonlyMap<string, Loss>): readonly Loss[] => [...losses.values()].filter(({ lost }) => lost.length > 0);

/** It lost this many answers, and was delivered again after the first of them. */
function wasAskedAgain({ lost, later }: Loss, times: number): boolean {
  const lostAt = lost[0]?.respondedAt ?? Number.POSITIVE_INFINITY;
  return lost.length >= times && [...lost.slice(1), ...later].some(({ forwardedAt }) => forwardedAt !== undefined && forwardedAt > lostAt);
}
