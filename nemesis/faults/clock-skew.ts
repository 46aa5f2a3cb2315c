/**
 * Makes nodes' clocks wrong: the wall clock stepped, and both clocks at other rates. Only as the nodes themselves read them; the machine's are
 * left alone. A pipeline that decides by wall-clock time who may act shows it here. (Of wall clocks anything may be expected, which is why
 * only monotonic ones can carry a lease; and of those only that their rates are nearly the same.)
 */
import type { FaultRecord } from '../../harness/history/index.ts';
import { type FaultAccount, openAccount } from '../account.ts';
import { type ClockReading, drift, readClock } from '../clock-reading.ts';
import type { Nemesis, NemesisContext, PlannedFault } from '../nemesis.ts';
import { requireSwitch, statesOf, whileBroken } from '../node-faults.ts';
import { millisecondsOf, readOptions } from '../options.ts';
import { chooseNodes, targetOptions } from '../targets.ts';

const options = {
  ...targetOptions,
  offsetMs: { default: 10_000, description: 'by how much the wall clock is stepped, back when negative, milliseconds' },
  wallRate: { default: 1, description: 'how fast the wall clock goes from then on: 1 is right, 0 stands still' },
  monotonicRate: { default: 1, description: 'how fast the monotonic clock goes; leases allow for no more than one per cent' },
  durationMs: { default: 6000, description: 'how long the clocks stay wrong, milliseconds' },
} as const;

const rightClock = { offsetMs: 0, wallRate: 1, monotonicRate: 1 };

export const clockSkew: Nemesis = {
  name: 'clock-skew',
  description: 'Makes the clocks of nodes wrong for a while: stepped, too slow or too fast.',
  provenBy: "the nodes' own clocks, read back before, meanwhile and after",
  options,
  needsNodeFaults: true,
  colour: '#6366f1',
  typicalDurationMs: (_target, given) => millisecondsOf(given, 'durationMs', options.durationMs) + 1500,
  inject,
};

type Options = ReturnType<typeof readOptions<typeof options>>;
type ClockFault = Pick<Options, 'offsetMs' | 'wallRate' | 'monotonicRate'>;

async function inject(fault: PlannedFault, context: NemesisContext, signal: AbortSignal): Promise<FaultRecord> {
  const { offsetMs, wallRate, monotonicRate, durationMs, ...choice } = readOptions(fault, options);
  const wrong: ClockFault = { offsetMs, wallRate, monotonicRate };
  const account = openAccount(fault, context);
  const nodes = await chooseNodes(fault, choice, context, signal);
  account.hit(...nodes);
  const faults = requireSwitch(fault, context);
  const read = async (): Promise<ReadonlyMap<string, ClockReading | undefined>> =>
    new Map(await Promise.all(nodes.map(async (node) => [node, await readClock(node, faults, context)] as const)));
  const before = await read();
  const switched = { fault, nodes, change: { clock: wrong }, healing: { clock: rightClock } };
  await whileBroken(switched, context, signal, async () => {
    const first = await read();
    context.note(`${nodes.join(', ')}: clock off by ${offsetMs} ms, rates ${wallRate} (wall) and ${monotonicRate} (monotonic)`);
    await context.sleep(durationMs, signal).catch(() => undefined);
    const last = await read();
    await statesOf(fault, nodes, (state) => state.faults.clock.offsetMs === offsetMs, account, context);
    for (const node of nodes) proveSkew(node, wrong, [before.get(node), first.get(node), last.get(node)], account);
  });
  const after = await read();
  for (const node of nodes) {
    const error = drift(before.get(node), after.get(node), 'wallMs');
    account.prove(
      `the wall clock of ${node} was right again afterwards`,
      error !== undefined && Math.abs(error.ms) <= error.withinMs,
      error === undefined ? 'it could not be read' : `${Math.round(error.ms)} ms off`,
    );
  }
  return account.close({ nodes, durationMs, ...wrong });
}

/** Each thing that was to be wrong, as the node's own clock shows it, and told beyond doubt from a clock that is right. */
function proveSkew(
  node: string,
  { offsetMs, wallRate, monotonicRate }: ClockFault,
  [before, first, last]: readonly (ClockReading | undefined)[],
  account: FaultAccount,
): void {
  const step = drift(before, first, 'wallMs');
  // Between the switch and the reading the clock went at its new rate already.
  const slackMs = (step?.withinMs ?? 0) * (1 + Math.abs(wallRate - 1)) * 2;
  if (offsetMs !== 0) {
    account.prove(
      `the wall clock of ${node} was stepped by ${offsetMs} ms`,
      step !== undefined && Math.abs(step.ms - offsetMs) <= slackMs && Math.abs(offsetMs) > 2 * slackMs,
      step === undefined ? 'it could not be read' : `${Math.round(step.ms)} ms, give or take ${Math.round(slackMs)}`,
    );
  }
  for (const [clock, word, rate] of [
    ['wallMs', 'wall', wallRate],
    ['monotonicMs', 'monotonic', monotonicRate],
  ] as const) {
    if (rate === 1) continue;
    const gained = drift(first, last, clock);
    const wantedMs = gained === undefined ? 0 : (rate - 1) * gained.elapsedMs;
    const withinMs = (gained?.withinMs ?? 0) * (1 + Math.abs(rate - 1));
    account.prove(
      `the ${word} clock of ${node} went at ${rate} times its rate`,
      gained !== undefined && Math.abs(gained.ms - wantedMs) <= withinMs && Math.abs(wantedMs) > 2 * withinMs,
      gained === undefined ? 'it could not be read' : `${Math.round(gained.ms)} ms gained in ${Math.round(gained.elapsedMs)} ms`,
    );
  }
  if (offsetMs === 0 && wallRate === 1 && monotonicRate === 1) account.prove(`something was wrong with the clock of ${node}`, false);
}
