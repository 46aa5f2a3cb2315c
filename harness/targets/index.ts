/** The pipelines a run can be pointed at: one file a target, one line here. */
import { reference } from './reference.ts';
import type { Target } from './target.ts';

export type { Addresses, DeploymentOptions, Placement, Target, TargetNode } from './target.ts';

export const targets: readonly Target[] = [reference];
