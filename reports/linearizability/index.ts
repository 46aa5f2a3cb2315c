/**
 * The picture of a linearizability violation: `checkPage({ …, story: tellStory(contradiction, operations) }, style)`, or `violationFigure` as a
 * part of another page.
 */

export { violationFigure } from './figure.ts';
export { contradictionIn } from './from-evidence.ts';
export { type CheckPage, checkPage } from './page.ts';
export { type Contradiction, type Story, type StoryCall, type StoryOptions, tellStory } from './story.ts';
export { impossibleCall, instantText, notes, reason, type Step, steps } from './words.ts';
