/**
 * A lease by observation: a candidate takes it only after it has watched it unrenewed for T·(1+ρ) on its own monotonic clock; the holder
 * counts T from before it sent the renewal and stops at T/(1+ρ) − margin. No two clocks are ever compared.
 * Leases give progress; fencing tokens give safety.
 */
export interface LeaseTiming {
  /** T, milliseconds. */
  readonly leaseMs: number;
  /** ρ: how far apart the rates of two monotonic clocks may be. */
  readonly driftRate: number;
  /** Subtracted by the holder for its own scheduling delays, milliseconds. */
  readonly marginMs: number;
}

export function leaseTiming(leaseMs: number): LeaseTiming {
  return { leaseMs, driftRate: 0.01, marginMs: Math.max(20, leaseMs * 0.05) };
}

/** When a holder must stop, if it sent its last successful renewal at `sentAtMs`. */
export function holderStopsAtMs(timing: LeaseTiming, sentAtMs: number): number {
  return sentAtMs + timing.leaseMs / (1 + timing.driftRate) - timing.marginMs;
}

/** When a candidate may take over, if the read that first showed this lease returned at `observedAtMs`. */
export function candidateMayTakeAtMs(timing: LeaseTiming, observedAtMs: number): number {
  return observedAtMs + timing.leaseMs * (1 + timing.driftRate);
}

/** The value of `lease/<scope>`. */
export interface LeaseRecord {
  readonly token: number;
  readonly holder: string;
  /** Counts up with each renewal, so that an observer sees that it is alive. */
  readonly renewals: number;
  /** Given back by its holder: the next candidate need not wait. */
  readonly released: boolean;
}

export function sameLease(a: LeaseRecord | null, b: LeaseRecord | null): boolean {
  return a?.token === b?.token && a?.renewals === b?.renewals && a?.released === b?.released;
}
