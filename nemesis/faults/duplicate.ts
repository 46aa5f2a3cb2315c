/**
 * Delivers effects twice: the same bytes again once the first delivery was answered, or beside it. With `mutate` the second delivery says
 * something else under the same key, which has to be refused.
 */
import type { FaultRecord, TrafficRecord } from '../../harness/history/index.ts';
import { openAccount } from '../account.ts';
import { effectOptions, selectEdges } from '../edges.ts';
import { mutateJson } from '../mutate-json.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { readOptions } from '../options.ts';
import { waitFor } from '../wait.ts';

const options = {
  ...effectOptions,
  count: { default: 5, description: 'requests that are delivered twice' },
  mutate: { default: false, description: 'raise a number in the body of the second delivery; requests without one are left alone' },
  meanwhile: {
    default: false,
    description: 'deliver the second while the first is in progress; a mutated one always waits until the first was carried out',
  },
  windowMs: { default: 4000, description: 'how long to wait for requests, milliseconds' },
} as const;

export const duplicate: Nemesis = {
  name: 'duplicate',
  description: 'Delivers effects twice, the second time perhaps with another body.',
  provenBy: 'two deliveries of one idempotency key, both answered, the second with another body where that was asked for',
  options,
  colour: '#059669',
  typicalDurationMs: () => 2500,
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { count, mutate, meanwhile, windowMs } = readOptions(fault, options);
  const edges = selectEdges(fault, context.target, effectOptions);
  const account = openAccount(fault, context);
  const label = mutate ? 'mutated' : 'duplicated';
  const deliveries = new Map<string, { readonly originals: TrafficRecord[]; readonly copies: TrafficRecord[] }>();
  const isWanted = (copy: TrafficRecord, originals: readonly TrafficRecord[]): boolean =>
    copy.status !== undefined &&
    originals.some(({ status, requestDigest }) => status !== undefined && (requestDigest !== copy.requestDigest) === mutate);
  const doubled = (): readonly TrafficRecord[] =>
    [...deliveries.values()].flatMap(({ originals, copies }) => copies.filter((copy) => isWanted(copy, originals)).slice(0, 1));

  const stopListening = context.plane.onTraffic((record) => {
    const delivered = deliveries.get(record.idempotencyKey ?? '');
    if (delivered === undefined || !record.faults.includes(label) || record.forwardedAt === undefined) return;
    if (record.faults.includes('copy')) {
      delivered.copies.push(record);
      account.hit(record.edge);
    } else delivered.originals.push(record);
  });
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request) {
      const { idempotencyKey } = request;
      if (idempotencyKey === undefined || !edges.matches(request) || deliveries.has(idempotencyKey) || doubled().length >= count)
        return undefined;
      // Enough are on their way, and each may yet come to nothing: a few more than wanted do no harm, hundreds would be load.
      if (deliveries.size >= 4 * count) return undefined;
      deliveries.set(idempotencyKey, { originals: [], copies: [] });
      return {
        label,
        duplicate: { when: meanwhile && !mutate ? 'meanwhile' : 'afterwards', ...(mutate ? { mutateBody: mutateJson } : {}) },
      };
    },
  });
  try {
    await waitFor(context, () => (doubled().length >= count ? true : undefined), windowMs, signal);
  } finally {
    removeRule();
    stopListening();
  }
  const copies = doubled();
  context.note(`${copies.length} requests were delivered twice`);
  account.prove(
    mutate ? 'requests came again with another body under the same key' : 'requests were delivered twice under the same key',
    copies.length > 0,
    `${copies.length} of ${count} wanted`,
  );
  return account.close({
    mutate,
    keys: copies.map(({ idempotencyKey }) => idempotencyKey),
    answers: tally(copies.map(({ status }) => String(status))),
  });
}

function tally(items: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}
