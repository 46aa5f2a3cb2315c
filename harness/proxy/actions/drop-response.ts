import type { FaultAction } from '../types.ts';

/** Is the response read and recorded, and never returned? Either the caller's connection is reset then, or the caller hears nothing. */
export function withholdsResponse(action: FaultAction | undefined): boolean {
  return action !== undefined && (action.dropResponse === true || action.silence?.of === 'response');
}
