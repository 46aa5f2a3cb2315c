import type { Components } from '../components.ts';

export type { Admission } from '../store/index.ts';

/** A seeded bug: a way real systems have been wrong, for the checkers to notice. */
export interface Bug {
  readonly name: string;
  /** What is wrong, one sentence. */
  readonly description: string;
  /** The nemesis, as `--nemesis` takes it, and the workload under which it shows. */
  readonly nemesis: string;
  readonly workload: string;
  /** What else the run needs to show it, by flag: `{ time: '45', rate: '60' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The checker that must catch it. */
  readonly caughtBy: string;
  /** The components of `node` with the bug in them. */
  apply(components: Components, node: string): Components;
}
