/** Makes a failing run as small as it can be while it still fails in the same way (`shrink`), and keeps the result (`saveShrunk`). */
export type { Candidate } from './candidate.ts';
export type { Tally } from './judge.ts';
export { type Shrunk, saveShrunk, shrunkDirectory } from './saved.ts';
export { type ShrinkOptions, type ShrinkResult, shrink } from './shrink.ts';
export { candidateConfig, openSubject, type Subject } from './subject.ts';
