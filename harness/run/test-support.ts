/** A pipeline of a few lines, deployed as real processes: a node listens, is ready, and does what its script says. */
import type { DeploymentOptions, Target } from '../targets/index.ts';

export const testDeployment: DeploymentOptions = {
  replicas: 1,
  readQuorum: 1,
  writeQuorum: 1,
  leaseMs: 1000,
  inventoryConsistency: 'linearizable' as const,
};

const listens = `.listen(Number(process.env.PORT), '127.0.0.1');`;

/** Answers everything with 200 and `{"value":1}`. */
export const serves = `require('node:http').createServer((_, answer) => answer.end('{"value":1}'))${listens}`;

/** Is ready at once, and takes its time for what clients ask. */
export const dawdles = `require('node:http').createServer((request, answer) =>
  request.url === '/' ? answer.end() : setTimeout(() => answer.end('{"value":1}'), 400))${listens}`;

/** Ends by itself when clients have asked it a few times. */
export const collapses = `let asked = 0; require('node:http').createServer((request, answer) => {
  if (request.url !== '/' && ++asked === 5) { console.log('heap exhausted'); process.exit(7); }
  answer.end('{"value":1}');
})${listens}`;

/** Lives once: what it does when it is started again is to end. */
export const livesOnce = (script: string): string => `const fs = require('node:fs');
  if (fs.existsSync(process.env.DATA_DIR)) { console.log('my data is broken'); process.exit(3); }
  fs.mkdirSync(process.env.DATA_DIR, { recursive: true }); ${script}`;

/** One node of role `service` for each script, by name. */
export function scriptTarget(scripts: Readonly<Record<string, string>>, overrides: Partial<Target> = {}): Target {
  return {
    name: 'scripts',
    description: 'A few scripts.',
    files: [],
    nodes: () => Object.keys(scripts).map((name) => ({ name, role: 'service' })),
    calls: () => [],
    clientRole: 'service',
    start: (node, { port, dataDirectory }) => ({
      argv: [process.execPath, '-e', scripts[node.name] ?? ''],
      env: { PORT: String(port), DATA_DIR: dataDirectory },
    }),
    ready: async (_node, url, signal) => (await fetch(url, { signal })).ok,
    classify: () => ({}),
    parseLog: () => undefined,
    leaderScope: 'none',
    leaseKey: 'none',
    replicaRole: 'service',
    leader: () => Promise.resolve(undefined),
    replicaTokens: () => Promise.resolve(new Map()),
    unrest: () => Promise.resolve(undefined),
    keysOfInterest: () => [],
    finalReads: async () => ({ orders: [], payments: [], stock: [], events: [], cells: [], readQuorum: 1 }),
    ...overrides,
  };
}
