/** Keeps the windows of a run: what it was doing, from when to when. */
import type { RunWindow } from '../history/index.ts';

export interface Windows {
  /** Ends the window that is open, if any, and begins this one. */
  enter(name: RunWindow['name']): void;
  end(): void;
  readonly all: readonly RunWindow[];
}

export function createWindows(now: () => number): Windows {
  const all: RunWindow[] = [];
  let open: { readonly name: RunWindow['name']; readonly from: number } | undefined;
  const end = (): void => {
    if (open !== undefined) all.push({ ...open, to: now() });
    open = undefined;
  };
  return {
    enter(name) {
      end();
      open = { name, from: now() };
    },
    end,
    all,
  };
}
