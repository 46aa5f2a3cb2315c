/**
 * Hybrid logical clocks (Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks", OPODIS 2014, fig. 5): stamps that respect
 * causality like Lamport's and stay close to wall-clock time. They order logs; they never decide a lease.
 *
 * A stamp is a string, `<48-bit milliseconds>.<16-bit counter>.<node>` with both numbers in hexadecimal of fixed width, so that comparing
 * strings compares stamps. The node makes stamps unique and the order total.
 */

export interface HybridLogicalClock {
  /** A stamp for a local event or a message to send: after every stamp given or received here before. */
  now(): string;
  /** A stamp for the receipt of `remote`: after it, too. Throws `ClockOffsetError`, and changes nothing, when it is too far ahead. */
  receive(remote: string): string;
}

export interface HybridLogicalClockOptions {
  readonly node: string;
  readonly wallMs: () => number;
  /** How far ahead of the wall clock a remote stamp may be: one wrong clock must not drag all others into its future. */
  readonly maxOffsetMs?: number;
}

export interface StampParts {
  /** The largest wall-clock time heard of. */
  readonly wallMs: number;
  readonly counter: number;
  readonly node: string;
}

export class ClockOffsetError extends Error {
  readonly remote: string;
  readonly offsetMs: number;
  readonly maxOffsetMs: number;

  constructor(remote: string, offsetMs: number, maxOffsetMs: number) {
    super(
      `the stamp ${remote} is ${offsetMs} ms ahead of this node's clock, more than the ${maxOffsetMs} ms accepted; check the clocks of both nodes`,
    );
    this.name = 'ClockOffsetError';
    this.remote = remote;
    this.offsetMs = offsetMs;
    this.maxOffsetMs = maxOffsetMs;
  }
}

const defaultMaxOffsetMs = 5_000;
const counterMax = 0xffff;
const wallMsMax = 2 ** 48 - 1;
const stampPattern = /^([0-9a-f]{12})\.([0-9a-f]{4})\.(.+)$/;

export function createHybridLogicalClock({
  node,
  wallMs,
  maxOffsetMs = defaultMaxOffsetMs,
}: HybridLogicalClockOptions): HybridLogicalClock {
  let largestMs = 0;
  let counter = 0;

  /** Moves to (ms, count), or to the next millisecond when the counter is full: a step ahead of the wall clock keeps the order. */
  const moveTo = (ms: number, count: number): string => {
    largestMs = count > counterMax ? ms + 1 : ms;
    counter = count > counterMax ? 0 : count;
    return formatStamp({ wallMs: largestMs, counter, node });
  };

  return {
    now: () => {
      const physicalMs = Math.floor(wallMs());
      return physicalMs > largestMs ? moveTo(physicalMs, 0) : moveTo(largestMs, counter + 1);
    },
    receive: (remote) => {
      const message = parseStamp(remote);
      const physicalMs = Math.floor(wallMs());
      const offsetMs = message.wallMs - physicalMs;
      if (offsetMs > maxOffsetMs) throw new ClockOffsetError(remote, offsetMs, maxOffsetMs);
      const latestMs = Math.max(largestMs, message.wallMs, physicalMs);
      const countHere = latestMs === largestMs ? counter : -1;
      const countThere = latestMs === message.wallMs ? message.counter : -1;
      return moveTo(latestMs, Math.max(countHere, countThere) + 1);
    },
  };
}

export function formatStamp({ wallMs, counter, node }: StampParts): string {
  if (!(wallMs >= 0 && wallMs <= wallMsMax)) throw new RangeError(`hybrid logical clock: expected milliseconds of 48 bits, got ${wallMs}`);
  return `${wallMs.toString(16).padStart(12, '0')}.${counter.toString(16).padStart(4, '0')}.${node}`;
}

export function parseStamp(stamp: string): StampParts {
  const match = stampPattern.exec(stamp);
  if (match === null) throw new TypeError(`expected a stamp such as 0190f2a4c000.0003.order-1, got ${JSON.stringify(stamp)}`);
  const [, wallMs = '', counter = '', node = ''] = match;
  return { wallMs: Number.parseInt(wallMs, 16), counter: Number.parseInt(counter, 16), node };
}
