/** The score of the seeded bugs: which runs make it (`planScore`), and what they came to (`runScore`). */
export { planScore, type ScoreRun } from './plan.ts';
export { type RunScoreOptions, runScore } from './run-score.ts';
export type { Score, ScoredRun } from './score.ts';
