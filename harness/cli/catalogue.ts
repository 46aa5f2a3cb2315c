/** Gathers the registries into the names a configuration may use. */
import { checkerRegistry } from '../../checkers/registry.ts';
import { reporters } from '../../reports/index.ts';
import type { Catalogue } from '../config/index.ts';

export const catalogue: Catalogue = {
  targets: [{ name: 'reference', description: 'The Order/Payment/Inventory pipeline that comes with Seamproof.' }],
  workloads: [],
  nemeses: [],
  checkers: checkerRegistry.map(({ name, question }) => ({ name, description: question })),
  bugs: [],
  reporters: Object.entries(reporters).map(([name, { description }]) => ({ name, description })),
};
