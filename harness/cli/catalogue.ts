/** Gathers the registries into the names a configuration may use. Only what a reader needs is taken over: the rest of an entry does things. */
import { checkerRegistry } from '../../checkers/registry.ts';
import { nemeses } from '../../nemesis/index.ts';
import { reporters } from '../../reports/index.ts';
import type { Catalogue, CatalogueEntry } from '../config/index.ts';
import { drivers } from '../drivers/index.ts';
import { targets } from '../targets/index.ts';
import { workloads } from '../workloads/index.ts';
import { readSeededBugs } from './seeded-bugs.ts';

export async function loadCatalogue(): Promise<Catalogue> {
  return {
    targets: targets.map(({ options, ...target }) => ({ ...describe(target), ...(options === undefined ? {} : { options }) })),
    workloads: workloads.map(describe),
    nemeses: nemeses.map((nemesis) => ({
      ...describe(nemesis),
      provenBy: nemesis.provenBy,
      options: nemesis.options,
      ...(nemesis.hasControl === undefined ? {} : { hasControl: nemesis.hasControl }),
      ...(nemesis.needs === undefined ? {} : { needs: nemesis.needs }),
    })),
    checkers: checkerRegistry.map(({ name, question }) => ({ name, description: question })),
    bugs: await readSeededBugs(),
    drivers: drivers.map(describe),
    reporters: Object.entries(reporters).map(([name, { description }]) => ({ name, description })),
  };
}

function describe({ name, description }: CatalogueEntry): CatalogueEntry {
  return { name, description };
}
