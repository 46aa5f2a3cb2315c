/** Every container, network and volume of a run carries these. Clean-up goes by them alone: a name may be anybody's. */
export const runLabel = 'seamproof.run';
export const nodeLabel = 'seamproof.node';
/** On the images that nodes are started from, which outlive the run. */
export const imageLabel = 'seamproof.image';

export function labelsOf(runId: string, node?: string): Readonly<Record<string, string>> {
  return { [runLabel]: runId, ...(node === undefined ? {} : { [nodeLabel]: node }) };
}

/** As `docker ps` shows it. */
export function nameOf(runId: string, part: string): string {
  return `seamproof-${runId.slice(0, 8)}-${part}`;
}
