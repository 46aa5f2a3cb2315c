/** A catalogue for tests: nothing in it depends on what the project ships. */
import type { Catalogue } from './catalogue.ts';
import { type ResolveOptions, resolveConfig } from './resolve.ts';
import type { ResolvedConfig } from './resolved.ts';
import { UsageError, type UsageProblem } from './usage-error.ts';

const named = (...names: readonly string[]) => names.map((name) => ({ name, description: `About ${name}.` }));

export const testCatalogue: Catalogue = {
  targets: named('reference'),
  workloads: named('orders', 'registers'),
  nemeses: [
    {
      name: 'pause-leader',
      description: 'Pauses.',
      provenBy: 'Process state.',
      options: {
        holdMs: { default: 8_000, description: 'How long.' },
        times: { default: 1, description: 'How often.' },
        timesMs: { default: 5, description: 'Another option, with a name that differs by the unit alone.' },
        strict: { default: false, description: 'Whether.' },
        role: { default: 'leader', description: 'Whom.' },
      },
    },
    { name: 'none', description: 'Nothing.', provenBy: 'Nothing to prove.', options: {} },
  ],
  checkers: named('fencing', 'saga'),
  bugs: [{ name: 'fence-one-replica-skips', description: 'Skips.', nemesis: 'pause-leader', workload: 'orders', caughtBy: 'fencing' }],
  drivers: named('local', 'ssh'),
  reporters: named('list', 'json', 'junit', 'html'),
};

const noFiles = (file: string): never => {
  throw new Error(`no such file: ${file}`);
};

export const testSeed = 1_234;

function noSchedule(file: string): never {
  throw new Error(`no schedule was to be read, and ${file} was`);
}

export function resolveForTest(sources: Partial<ResolveOptions> = {}): ResolvedConfig {
  return resolveConfig({
    flags: {},
    environment: {},
    catalogue: testCatalogue,
    drawSeed: () => testSeed,
    readSchedule: noSchedule,
    readText: noFiles,
    ...sources,
  });
}

/** The problem a call refuses with; fails the test when it doesn't refuse. */
export function problemOf(call: () => unknown): UsageProblem {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error.problem;
    throw error;
  }
  throw new Error('expected a UsageError, and nothing was refused');
}
