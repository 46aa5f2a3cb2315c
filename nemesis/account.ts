/** The account a nemesis gives of one fault: whom it hit, what it claims to have done, and whether that is so. */
import type { FaultRecord } from '../harness/history/index.ts';
import type { NemesisContext, PlannedFault } from './nemesis.ts';

export interface FaultAccount {
  /** These nodes or edges were hit; naming one again changes nothing. */
  hit(...targets: readonly string[]): void;
  /** Writes down a claim with its outcome, and gives the outcome back. */
  prove(claim: string, holds: boolean, detail?: string): boolean;
  /** The record of the fault, healed now. */
  close(facts?: FaultRecord['facts']): FaultRecord;
}

export function openAccount(fault: PlannedFault, context: Pick<NemesisContext, 'now'>): FaultAccount {
  const startedAt = context.now();
  const targets = new Set<string>();
  const proofs: FaultRecord['proofs'][number][] = [];
  return {
    hit(...names) {
      for (const name of names) targets.add(name);
    },
    prove(claim, holds, detail) {
      proofs.push({ claim, holds, ...(detail === undefined ? {} : { detail }) });
      return holds;
    },
    close: (facts = {}) => ({
      id: fault.id,
      nemesis: fault.nemesis,
      targets: [...targets].sort(),
      startedAt,
      healedAt: context.now(),
      proofs,
      facts,
    }),
  };
}
