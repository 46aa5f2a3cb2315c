/**
 * The agent's entry point. It is bundled into one file and taken to hosts.
 *
 *     node agent.cjs serve DIRECTORY tunnel|direct [BASE_PORT]    until its input ends
 *     node agent.cjs undo DIRECTORY
 */
import { serve } from './serve.ts';
import { undo } from './undo.ts';

async function main([command, runDirectory, network, basePort]: readonly string[]): Promise<number> {
  if (runDirectory === undefined) throw new Error('expected: serve DIRECTORY tunnel|direct [BASE_PORT], or undo DIRECTORY');
  if (command === 'undo') {
    process.stdout.write(`${JSON.stringify(await undo(runDirectory))}\n`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const left = await serve({
    runDirectory,
    input: process.stdin,
    output: process.stdout,
    signal: stop.signal,
    connection: connectionEnds(process.env['SSH_CONNECTION'] ?? ''),
    direct: network === 'direct',
    ...(basePort === undefined ? {} : { basePort: Number(basePort) }),
  });
  return left.length === 0 ? 0 : 1;
}

/** sshd(8): client address, client port, server address, server port. */
function connectionEnds(ends: string): { readonly harness: string; readonly host: string } {
  const [harness = '127.0.0.1', , host = '127.0.0.1'] = ends.split(' ').filter((word) => word !== '');
  return { harness, host };
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
