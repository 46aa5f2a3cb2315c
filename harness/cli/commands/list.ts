/** `harness list nemeses`: what there is to choose from, straight from the registries. */
import { type Catalogue, exitCodes, suggest, UsageError } from '../../config/index.ts';
import type { Command } from '../command.ts';

export const listable = [
  'nemeses',
  'workloads',
  'checkers',
  'bugs',
  'targets',
  'drivers',
  'reporters',
] as const satisfies readonly (keyof Catalogue)[];
export type Listable = (typeof listable)[number];

export const listCommand: Command = {
  name: 'list',
  positionals: '<what>',
  summary: `List what there is: ${listable.join(', ')}`,
  flags: [{ name: 'json', group: 'Results', kind: 'switch', description: 'Print one JSON object' }],
  examples: [{ line: 'harness list nemeses', explanation: 'every fault, its options, and how its effect is proven' }],
  run: async (args, { loadCatalogue, io }) => {
    const what = listableOf(String(args['what']));
    const catalogue = await loadCatalogue();
    io.stdout(args['json'] === true ? `${JSON.stringify({ schemaVersion: 1, [what]: catalogue[what] })}\n` : describe(what, catalogue));
    return exitCodes.valid.code;
  },
};

function listableOf(word: string): Listable {
  const found = listable.find((name) => name === word);
  if (found !== undefined) return found;
  const meant = suggest(word, listable);
  throw new UsageError({
    code: 'unknown-name',
    happened: `there is no list of "${word}"`,
    expected: `one of ${listable.join(', ')}`,
    ...(meant === undefined ? {} : { advice: `harness list ${meant}` }),
  });
}

function describe(what: Listable, catalogue: Catalogue): string {
  if (what === 'nemeses') return describeNemeses(catalogue);
  if (what === 'bugs') return describeBugs(catalogue);
  if (what === 'targets') return describeTargets(catalogue);
  const entries = catalogue[what];
  const nameWidth = Math.max(0, ...entries.map(({ name }) => name.length));
  return entries.map(({ name, description }) => `${name.padEnd(nameWidth)}  ${description}\n`).join('');
}

function describeNemeses({ nemeses }: Catalogue): string {
  const entries = nemeses.map(({ name, description, provenBy, options }) => {
    const lines = [name, `  ${description}`, `  proven by: ${provenBy}`];
    for (const [option, definition] of Object.entries(options)) lines.push(`  :${option}=${definition.default}  ${definition.description}`);
    return `${lines.join('\n')}\n`;
  });
  return entries.join('\n');
}

function describeTargets({ targets }: Catalogue): string {
  const entries = targets.map(({ name, description, options = {} }) => {
    const lines = [name, `  ${description}`];
    for (const [option, definition] of Object.entries(options)) {
      lines.push(`  --target-option ${option}=${definition.default}  ${definition.description}`);
    }
    return `${lines.join('\n')}\n`;
  });
  return entries.join('\n');
}

function describeBugs({ bugs }: Catalogue): string {
  const entries = bugs.map(({ name, description, nemesis, workload, settings = {}, caughtBy }) => {
    const more = Object.entries(settings).map(([flag, value]) => ` --${flag} ${value}`);
    const command = `harness test --bug ${name} --nemesis ${nemesis} --workload ${workload}${more.join('')}`;
    return `${name}\n  ${description}\n  caught by: ${caughtBy}\n  ${command}\n`;
  });
  return entries.join('\n');
}
