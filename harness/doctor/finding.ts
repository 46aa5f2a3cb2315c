/** One thing that was looked at. */
export interface Finding {
  readonly subject: string;
  /** `good`: it is as it should be. `limited`: something can't be done here, and the rest can. `bad`: runs fail. */
  readonly state: 'good' | 'limited' | 'bad';
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
