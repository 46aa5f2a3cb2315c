/**
 * Two faults at once, drawn by seed, again and again: one of processes or replicas beside one of the calls that have effects. Failures that
 * each alone are survived may not be survived together.
 */
import type { Nemesis, PlannedFault, PlanWindow } from '../nemesis.ts';
import { beginnings } from '../schedule.ts';
import { draw } from '../targets.ts';
import { duplicate } from './duplicate.ts';
import { errorBurst } from './error-burst.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { lostResponse } from './lost-response.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { pauseLeader } from './pause-leader.ts';
import { restart } from './restart.ts';

interface Candidate {
  readonly nemesis: Nemesis;
  readonly options: PlannedFault['options'];
}

/** Long enough that some effects are asked for even while a leader is being replaced. */
const effectsMs = 8000;

/**
 * Faults of nodes, and faults of effects. Two of one list could hit the same node or the same call, and each would then spoil what the other
 * has to prove; one of each never does.
 */
const ofNodes: readonly Candidate[] = [
  { nemesis: pauseLeader, options: {} },
  { nemesis: pause, options: { targets: 'one' } },
  { nemesis: kill, options: { targets: 'one' } },
  { nemesis: restart, options: { targets: 'one' } },
  { nemesis: partition, options: { kind: 'node', targets: 'one' } },
];
const ofEffects: readonly Candidate[] = [
  { nemesis: lostResponse, options: { windowMs: effectsMs } },
  { nemesis: duplicate, options: { windowMs: effectsMs } },
  { nemesis: errorBurst, options: { share: 0.5, durationMs: effectsMs } },
  { nemesis: latency, options: { kind: 'effect', requestMs: 300, jitterMs: 300, durationMs: effectsMs } },
];

/** The second fault begins this part of the first one's duration later, at most: so they overlap. */
const latestStart = 0.4;

export const randomPair: Nemesis = {
  name: 'random-pair',
  description: 'Draws two faults by seed, one of nodes and one of calls with effects, and runs them overlapping, again and again.',
  provenBy: 'each of the two proves its own effect',
  options: {},
  colour: '#6b7280',
  // A fault that takes longer than usual must not meet those of the next pair.
  typicalDurationMs: (target) => 2 * Math.max(...ofNodes.map((candidate) => lengthMs(candidate, target))),
  plan,
  inject: () => Promise.reject(new Error('the nemesis `random-pair` plans faults of others and has none of its own')),
};

function plan(window: PlanWindow): readonly PlannedFault[] {
  const { target, random } = window;
  return beginnings(randomPair.typicalDurationMs(target, {}), window).flatMap((atMs, index) => {
    const pair = draw([...draw(ofNodes, 1, random), ...draw(ofEffects, 1, random)], 2, random);
    const lagMs = random() * latestStart * Math.min(...pair.map((candidate) => lengthMs(candidate, target)));
    return pair.map(
      ({ nemesis, options }, place): PlannedFault => ({
        id: `${randomPair.name}-${index + 1}-${nemesis.name}`,
        nemesis: nemesis.name,
        atMs: Math.round(atMs + place * lagMs),
        options: { ...defaultsOf(nemesis), ...options },
      }),
    );
  });
}

function lengthMs({ nemesis, options }: Candidate, target: PlanWindow['target']): number {
  return nemesis.typicalDurationMs(target, options);
}

function defaultsOf({ options }: Nemesis): PlannedFault['options'] {
  return Object.fromEntries(Object.entries(options).map(([name, definition]) => [name, definition.default]));
}
