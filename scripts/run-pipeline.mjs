// Runs the reference pipeline alone, without the harness: ten nodes on 127.0.0.1, data in a directory of your choice, until Ctrl-C.
// Try it: npm run pipeline            (then: curl -s localhost:7201/leader)
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const basePort = Number(process.env.BASE_PORT ?? 7100);
const dataDirectory = process.env.DATA_DIRECTORY ?? mkdtempSync(path.join(tmpdir(), 'seamproof-pipeline-'));
const entry = path.resolve(import.meta.dirname, '../dist/target-pipeline/main.js');

const topology = [
  { role: 'replica', count: 3, offset: 1 },
  { role: 'order', count: 3, offset: 101 },
  { role: 'payment', count: 2, offset: 201 },
  { role: 'inventory', count: 2, offset: 301 },
];
const nodes = topology.flatMap(({ role, count, offset }) =>
  Array.from({ length: count }, (_, index) => ({ name: `${role}-${index + 1}`, role, port: basePort + offset + index })),
);
const urls = (role) =>
  nodes
    .filter((node) => node.role === role)
    .map((node) => `${node.name}=http://127.0.0.1:${node.port}`)
    .join(',');
const peers = {
  REPLICA_URLS: urls('replica'),
  ORDER_URLS: urls('order'),
  PAYMENT_URLS: urls('payment'),
  INVENTORY_URLS: urls('inventory'),
};

const children = nodes.map(({ name, role, port }) =>
  spawn(process.execPath, [entry], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...peers, NODE_NAME: name, ROLE: role, PORT: String(port), DATA_DIR: path.join(dataDirectory, name) },
  }),
);

function stop() {
  for (const child of children) child.kill('SIGTERM');
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
for (const child of children) child.on('exit', (code) => code !== 0 && code !== null && stop());
process.stderr.write(`Order API at http://127.0.0.1:${basePort + 101}; data in ${dataDirectory}; Ctrl-C stops everything.\n`);
