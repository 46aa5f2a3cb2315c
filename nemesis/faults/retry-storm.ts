/**
 * Stalls a role for a while although load goes on, so that everybody who calls it tries again: the trigger of a metastable failure (Bronson and
 * others, HotOS 2021). A pipeline whose retries are bounded carries λ·(1+β) and comes back; one whose retries aren't has to carry λ·A, which is
 * more than it can. Hence the size: before the load, the capacity μ of the role is measured, and λ is chosen so that λ·(1+β) < μ < λ·A.
 *
 *     harness test --nemesis retry-storm
 *
 * The calls of a stalled role hang, and from time to time all that hang are cut at one instant, as by a balancer that gives up on its backends:
 * callers without jitter would come back as one wave.
 */
import type { FaultRecord, RetryStormFacts } from '../../harness/history/index.ts';
import type { FaultAction, RequestView } from '../../harness/proxy/types.ts';
import { openAccount } from '../account.ts';
import { edgeOf } from '../edges.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { millisecondsOf, readOptions } from '../options.ts';

const label = 'stalled';
/**
 * Goodput has fallen when less than this share of what was asked for succeeded. Against the clean window of the run, where all but everything
 * did, it is measured by the checker; here a leader may be paused at the same time, and nothing asked for a while.
 */
const fallenShare = 0.5;

const options = {
  durationMs: { default: 8000, description: 'how long the role is stalled, milliseconds' },
  how: { default: 'stall', description: 'stall: calls hang until they are cut; fail: they are answered with 503' },
  cutMs: {
    default: 900,
    description: 'all calls that hang are cut at once this often, milliseconds; best below the time-out of the callers',
  },
} as const;

export const retryStorm: Nemesis = {
  name: 'retry-storm',
  description: 'Stalls payment while load goes on, sized so that bounded retries fit into its capacity and unbounded ones do not.',
  provenBy: 'goodput at the callee that fell below what it was asked for',
  options,
  colour: '#f43f5e',
  hasControl: true,
  needs: {
    // Recovery may take half a minute, and takes as long again to be told from chance.
    timeMs: 75_000,
    // Slow enough that a stalled second is a burden, whatever the machine; the default would carry hundreds of calls a second.
    targetOptions: { paymentConcurrency: 2, paymentWorkMs: 60 },
    // With three attempts and a budget of a fifth, λ = 0.42·μ lies well between: 1.2·λ = 0.5·μ, 3·λ = 1.26·μ.
    calibration: { role: 'payment', offeredShare: 0.42 },
  },
  // Four times as long as the stall for what is retried afterwards: a storm is judged by its end.
  typicalDurationMs: (_target, given) => 5 * millisecondsOf(given, 'durationMs', options.durationMs),
  inject,
};

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { durationMs, how, cutMs } = readOptions(fault, options);
  if (how !== 'stall' && how !== 'fail') throw new Error(`${fault.nemesis}: how=${how}; expected stall or fail`);
  const { retries } = context.target;
  if (retries === undefined) throw new Error(`${fault.nemesis}: the target does not say who retries whom, so there is no edge to storm`);
  const { fromRole, toRole } = retries.edge;
  const [callers, callees] = [fromRole, toRole].map((role) => new Set(context.target.nodesOfRole(role)));
  const onEdge = (from: string, to: string, kind: string | undefined): boolean =>
    kind === 'effect' && callers?.has(from) === true && callees?.has(to) === true;

  const seen = { successes: 0, stalled: 0, callers: new Set<string>() };
  const stopListening = context.plane.onTraffic(({ from, to, kind, status, faults }) => {
    if (!onEdge(from, to, kind)) return;
    seen.callers.add(from);
    if (faults.includes(label)) seen.stalled += 1;
    else if (status === 200) seen.successes += 1;
  });
  const account = openAccount(fault, context);
  const stallStartedAt = context.now();
  const cuts = startCutting();
  const removeRule = context.plane.addRule({
    id: fault.id,
    decide(request: RequestView): FaultAction | undefined {
      if (!onEdge(request.edge.from, request.edge.to, request.kind)) return undefined;
      account.hit(edgeOf(request));
      return how === 'fail' ? { label, respondWith: failure } : { label, silence: { of: 'request', until: cuts.next() } };
    },
  });
  context.note(`${toRole} stalled for ${durationMs / 1000} s`);
  try {
    for (let leftMs = durationMs; leftMs > 0 && !signal.aborted; leftMs -= cutMs) {
      await context.sleep(Math.min(cutMs, leftMs), signal).catch(() => undefined);
      cuts.cut();
    }
  } finally {
    removeRule();
    cuts.cut();
  }
  const stallEndedAt = context.now();
  stopListening();
  context.note(`${toRole} is well again; ${seen.stalled} calls were in vain`);
  account.prove(`calls from ${fromRole} to ${toRole} were stalled`, seen.stalled > 0, `${seen.stalled} calls`);
  account.prove(
    'goodput fell below what was asked for',
    seen.stalled > 0 && seen.successes < fallenShare * (seen.successes + seen.stalled),
    `${seen.successes} of ${seen.successes + seen.stalled} calls succeeded`,
  );
  return account.close({ ...factsOf(context, { stallStartedAt, stallEndedAt, clientProcesses: Math.max(1, seen.callers.size) }) });
}

/** No problem document: what something on the way answers vouches for nothing. */
const failure = { status: 503, headers: { 'content-type': 'text/plain' }, body: 'stalled by a fault\n' };

/** A capacity that nobody measured and a load that nobody knows are left out: the storm can't be judged by its size then. */
function factsOf(
  { target: { retries, calibration } }: NemesisContext,
  measured: Pick<RetryStormFacts, 'stallStartedAt' | 'stallEndedAt' | 'clientProcesses'>,
): Partial<RetryStormFacts> {
  if (retries === undefined) return measured;
  const { capacityPerSecond, offeredPerSecond } = calibration?.role === retries.edge.toRole ? calibration : {};
  return {
    ...retries,
    ...measured,
    ...(capacityPerSecond === undefined ? {} : { capacityPerSecond }),
    ...(offeredPerSecond === undefined ? {} : { offeredPerSecond }),
    // What the budget still allowed for the time of the stall may all be spent right after it.
    graceMs: retries.budgetWindowMs,
  };
}

/** A promise that settles at the next cut, for all calls that hang until then. */
function startCutting(): { next(): Promise<void>; cut(): void } {
  let settle: () => void = () => undefined;
  const begin = (): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve;
    });
  let coming = begin();
  return {
    next: () => coming,
    cut() {
      settle();
      coming = begin();
    },
  };
}
