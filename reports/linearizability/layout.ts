/**
 * Where everything stands in the picture of a violation. Time is compressed: instants keep their order, but the room between two of them is
 * what the labels and the linearization points need, plus a little for a long wait. All x positions are the least solution of "a stands so
 * many pixels right of b", found in one pass over a graph that real time keeps acyclic.
 */
import type { Story, StoryCall } from './story.ts';
import { shortReason } from './words.ts';

export interface Bar {
  readonly call: StoryCall;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** It has no end: it reaches the edge of the picture. */
  readonly open: boolean;
  /** What fits; the whole label is in the details. */
  readonly text: string;
}

export interface Point {
  readonly id: number;
  readonly number: number;
  readonly x: number;
  readonly y: number;
}

export interface OrderLine {
  readonly points: readonly Point[];
  readonly earlier: number;
  readonly state: string;
  /** Where the impossible operation would have to stand in this order. */
  readonly refused: { readonly x: number; readonly y: number };
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where the words beside the crosses begin. */
  readonly reasonX: number;
  readonly lanes: readonly { readonly process: number; readonly y: number; readonly height: number }[];
  readonly bars: readonly Bar[];
  readonly orders: readonly OrderLine[];
  /** The instants at which something begins or ends, with room for a caption where there is any. */
  readonly instants: readonly { readonly x: number; readonly timeNs: number; readonly labelled: boolean }[];
  readonly omissions: readonly { readonly x: number; readonly count: number }[];
}

export const metrics = {
  barHeight: 28,
  laneHeight: 60,
  /** Above the first lane: captions of instants. */
  headHeight: 38,
  pointRadius: 9,
  /** Points hang from their bars, so that they hide no label. */
  pointDrop: 6,
  reasonCharacterWidth: 7.5,
  characterWidth: 7.9,
  maxCharacters: 30,
} as const;

const edge = 18;
const labelPadding = 21;
const leastGap = 11;
const pointStep = 26;
const omissionGap = 46;
const tickRoom = 76;

/** A point of time in the picture. Calls at the same time as returns come first: intervals are closed. */
interface Slot {
  readonly timeNs: number;
  readonly returns: boolean;
}

export function layOut(story: Story): Layout {
  const slots = slotsOf(story);
  const slotAt = (timeNs: number, returns: boolean): number =>
    slots.findIndex((slot) => slot.timeNs === timeNs && slot.returns === returns);
  const graph = new Positions(slots.length);
  const begin = (call: StoryCall): number => slotAt(call.fromNs, false);
  const end = (call: StoryCall): number | undefined => (call.toNs === undefined ? undefined : slotAt(call.toNs, true));
  const calls = new Map(story.calls.map((call) => [call.id, call]));

  for (const [slot, { timeNs }] of slots.entries()) {
    const next = slots[slot + 1];
    if (next !== undefined) graph.right(slot, slot + 1, gapAfter(timeNs, next.timeNs, story));
  }
  for (const call of story.calls) {
    const last = end(call);
    const room = textOf(call).length * metrics.characterWidth + labelPadding;
    if (last !== undefined) graph.right(begin(call), last, room);
    else graph.right(begin(call), graph.edge, room + 24);
  }
  const impossible = calls.get(story.impossible);
  const orders = story.orders.map((order) => {
    let previous: number | undefined;
    const place = (call: StoryCall): number => {
      const point = graph.add();
      graph.right(begin(call), point, metrics.pointRadius + 2);
      graph.right(point, end(call) ?? graph.edge, metrics.pointRadius + 2);
      if (previous !== undefined) graph.right(previous, point, pointStep);
      previous = point;
      return point;
    };
    const points = order.calls.flatMap((id) => {
      const call = calls.get(id);
      return call === undefined || call === impossible ? [] : [{ id, point: place(call) }];
    });
    return { ...order, points, refused: impossible === undefined ? undefined : place(impossible) };
  });
  const x = graph.solve();
  const at = (node: number): number => (x[node] as number) + edge;

  const lanes = lanesOf(story.calls);
  const laneOf = (call: StoryCall): number => lanes.find(({ process }) => process === call.process)?.y ?? 0;
  const crosses = impossible === undefined ? [] : orders.flatMap(({ refused }) => (refused === undefined ? [] : [at(refused)]));
  const reasonX = Math.max(...crosses, impossible === undefined ? 0 : at(begin(impossible))) + metrics.pointRadius + 7;
  const width = Math.ceil(Math.max(at(graph.edge) + edge, reasonX + shortReason(story).length * metrics.reasonCharacterWidth + 8));
  const barY = (call: StoryCall): number => laneOf(call) + 6;
  const pointY = (call: StoryCall): number => barY(call) + metrics.barHeight + metrics.pointDrop;
  const bars = story.calls.map((call): Bar => {
    const last = end(call);
    return {
      call,
      x: at(begin(call)),
      y: barY(call),
      width: (last === undefined ? width : at(last)) - at(begin(call)),
      open: last === undefined,
      text: textOf(call),
    };
  });
  return {
    width,
    reasonX,
    height: metrics.headHeight + lanes.length * metrics.laneHeight,
    lanes,
    bars,
    orders: orders.flatMap(({ points, earlier, state, refused }) =>
      refused === undefined || impossible === undefined
        ? []
        : [
            {
              earlier,
              state,
              points: points.map(({ id, point }, position) => ({
                id,
                number: position + 1,
                x: at(point),
                y: pointY(calls.get(id) as StoryCall),
              })),
              refused: { x: at(refused), y: pointY(impossible) },
            },
          ],
    ),
    instants: captioned(slots.map(({ timeNs }, slot) => ({ x: at(slot), timeNs }))),
    omissions: story.omissions.flatMap(({ afterNs, count }) => {
      const from = slots.findLastIndex(({ timeNs }) => timeNs === afterNs);
      return from === -1 || from + 1 >= slots.length ? [] : [{ x: (at(from) + at(from + 1)) / 2, count }];
    }),
  };
}

function textOf({ label }: StoryCall): string {
  const { maxCharacters } = metrics;
  return label.length <= maxCharacters ? label : `${label.slice(0, maxCharacters - 1)}…`;
}

function slotsOf({ calls }: Story): readonly Slot[] {
  const slots = calls.flatMap(({ fromNs, toNs }) => [
    { timeNs: fromNs, returns: false },
    ...(toNs === undefined ? [] : [{ timeNs: toNs, returns: true }]),
  ]);
  slots.sort((a, b) => a.timeNs - b.timeNs || Number(a.returns) - Number(b.returns));
  return slots.filter(({ timeNs, returns }, at) => at === 0 || slots[at - 1]?.timeNs !== timeNs || slots[at - 1]?.returns !== returns);
}

function gapAfter(fromNs: number, toNs: number, { omissions, timed }: Story): number {
  if (omissions.some(({ afterNs }) => afterNs === fromNs)) return omissionGap;
  // A wait of a millisecond is a little wider than one of a microsecond, no more: the picture shows order, the captions show time.
  return timed ? leastGap + 2 * Math.log10(1 + Math.max(0, toNs - fromNs) / 1e3) : leastGap;
}

/** One lane a process, in the order in which they appear. */
function lanesOf(calls: readonly StoryCall[]): Layout['lanes'] {
  const processes = [...new Set(calls.map(({ process }) => process))];
  return processes.map((process, position) => ({
    process,
    y: metrics.headHeight + position * metrics.laneHeight,
    height: metrics.laneHeight,
  }));
}

/** Captions stand only where the one before has ended; an instant without one still has its hairline. */
function captioned(instants: readonly { readonly x: number; readonly timeNs: number }[]): Layout['instants'] {
  let free = Number.NEGATIVE_INFINITY;
  return instants.map(({ x, timeNs }) => {
    const labelled = x >= free;
    if (labelled) free = x + tickRoom;
    return { x, timeNs, labelled };
  });
}

/** Nodes on a line, each some way right of others. Node 0 to n - 1 are given; one more is the right edge, right of all. */
class Positions {
  readonly edge: number;
  #nodes: number;
  readonly #constraints: { readonly left: number; readonly right: number; readonly distance: number }[] = [];

  constructor(given: number) {
    this.#nodes = given + 1;
    this.edge = given;
    for (let node = 0; node < given; node++) this.right(node, this.edge, 0);
  }

  add(): number {
    return this.#nodes++;
  }

  right(left: number, right: number, distance: number): void {
    this.#constraints.push({ left, right, distance });
  }

  /** Longest paths, by relaxing until nothing moves. A cycle would move for ever: then points stand where they got to, still in order of time. */
  solve(): readonly number[] {
    const x = new Array<number>(this.#nodes).fill(0);
    for (let round = 0, moved = true; moved && round <= this.#nodes; round++) {
      moved = false;
      for (const { left, right, distance } of this.#constraints) {
        const least = (x[left] as number) + distance;
        if ((x[right] as number) >= least) continue;
        x[right] = least;
        moved = true;
      }
    }
    return x;
  }
}
