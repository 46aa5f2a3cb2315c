/** Every proof, one line each, in the order shown. */
import { lostResponseProof } from './lost-response.ts';
import { pausedLeaderProof } from './paused-leader.ts';
import type { Proof } from './proof.ts';
import { retryStormProof } from './retry-storm.ts';

export const proofs: readonly Proof[] = [pausedLeaderProof, lostResponseProof, retryStormProof];
