/** Gathers the registries into the names a configuration may use. */
import { checkerRegistry } from '../../checkers/registry.ts';
import { nemeses } from '../../nemesis/index.ts';
import { reporters } from '../../reports/index.ts';
import type { Catalogue } from '../config/index.ts';
import { targets } from '../targets/index.ts';
import { readSeededBugs } from './seeded-bugs.ts';

export async function loadCatalogue(): Promise<Catalogue> {
  return {
    targets,
    workloads: [],
    nemeses,
    checkers: checkerRegistry.map(({ name, question }) => ({ name, description: question })),
    bugs: await readSeededBugs(),
    reporters: Object.entries(reporters).map(([name, { description }]) => ({ name, description })),
  };
}
