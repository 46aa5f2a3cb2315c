/**
 * The harness's hands on a host: the local driver, told what to do through the standard streams of an SSH session. When those end, or nothing
 * has been heard for long, it ends every node and removes the run's directory: whatever becomes of the harness, nothing stays behind.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { openJournal } from '../../journal.ts';
import { createLocalDriver } from '../../local-driver.ts';
import type { NodeSpec, RunDriver } from '../../types.ts';
import { type AgentMessage, type AgentRequest, type Ask, requestSchema, silenceMs } from './protocol.ts';

export interface ServeOptions {
  readonly runDirectory: string;
  readonly input: Readable;
  readonly output: Writable;
  readonly basePort?: number;
  /** The two ends of the SSH connection, as the host sees them. */
  readonly connection: { readonly harness: string; readonly host: string };
  /** Nodes listen where other machines can reach them. */
  readonly direct: boolean;
  /** Aborted: end everything. */
  readonly signal: AbortSignal;
}

/** Resolves once all nodes are gone, and the directory with them; with what could not be ended. */
export async function serve(options: ServeOptions): Promise<readonly string[]> {
  const { runDirectory, input, output, basePort, connection, direct, signal } = options;
  mkdirSync(runDirectory, { recursive: true, mode: 0o700 });
  const driver = createLocalDriver({
    runDirectory,
    journal: openJournal(runDirectory),
    ...(basePort === undefined ? {} : { basePort }),
    ...(direct ? { host: connection.host } : {}),
  });
  const say = (message: AgentMessage): void => void output.write(`${JSON.stringify(message)}\n`);
  // Whoever listened may be gone; that shows at the other stream.
  output.on('error', () => undefined);
  const stopTelling = driver.onExit((node, exit) => say({ exited: node, ...exit }));
  await listen(input, signal, (request) => answer(driver, connection.harness, request, say));
  stopTelling();
  const left = await driver.dispose();
  if (left.length === 0) rmSync(runDirectory, { recursive: true, force: true });
  return left;
}

/** Resolves when the input has ended, has been silent for too long, or the signal aborts. */
function listen(input: Readable, signal: AbortSignal, take: (request: AgentRequest) => void): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({ input });
    const end = (): void => {
      clearTimeout(silence);
      signal.removeEventListener('abort', end);
      lines.close();
      input.destroy();
      resolve();
    };
    const silence = setTimeout(end, silenceMs);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    lines.on('line', (line) => {
      silence.refresh();
      take(requestSchema.parse(JSON.parse(line)));
    });
    lines.on('close', end);
    input.on('error', end);
  });
}

function answer(driver: RunDriver, harness: string, { id, ask }: AgentRequest, say: (message: AgentMessage) => void): void {
  carryOut(driver, harness, ask).then(
    (value) => say({ id, ok: true, value }),
    (error: unknown) => say({ id, ok: false, message: error instanceof Error ? error.message : String(error) }),
  );
}

async function carryOut(driver: RunDriver, harness: string, ask: Ask): Promise<unknown> {
  switch (ask.verb) {
    case 'prepare': {
      const places = await driver.prepare({ nodes: ask.nodes, files: [] });
      return { harness, places: [...places].map(([name, { host, port, dataDirectory }]) => ({ name, host, port, dataDirectory })) };
    }
    case 'start':
      return driver.start(ask.spec satisfies NodeSpec);
    case 'stop':
      return driver.stop(ask.node);
    case 'kill':
      return driver.kill(ask.node);
    case 'restart':
      return driver.restart(ask.node);
    case 'pause':
      return driver.pause(ask.node);
    case 'resume':
      return driver.resume(ask.node);
    case 'status':
      return driver.status(ask.node);
    case 'ping':
      return undefined;
    case 'dispose':
      return driver.dispose();
  }
}
