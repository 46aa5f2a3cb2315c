/** The two streams as a run sees them: who is looking, and whether they like colour. */
import { wantsColour } from '../../reports/index.ts';
import type { RunIo } from '../run/io.ts';

interface OutputStream {
  readonly isTTY?: boolean;
  write(text: string, done?: () => void): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface Terminal extends Pick<RunIo, 'stdout' | 'stderr' | 'isTty' | 'colour'> {
  /** Resolves once everything written has left the process. */
  drain(): Promise<void>;
}

const drainDeadlineMs = 5_000;

export function openTerminal(
  stdout: OutputStream,
  stderr: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  for (const stream of [stdout, stderr]) {
    // `harness list | head -1` closes the pipe on us. The run goes on: its verdict is in its directory and its exit status.
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const inCi = !['', '0', 'false', undefined].includes(environment['CI']);
  return {
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    isTty: stderr.isTTY === true && !inCi && environment['TERM'] !== 'dumb',
    colour: wantsColour(environment, stdout.isTTY === true),
    drain: async () => {
      await Promise.all([drained(stdout), drained(stderr)]);
    },
  };
}

/** A reader that stopped reading must not hold up the exit for ever. */
function drained(stream: OutputStream): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(resolve, drainDeadlineMs);
    stream.write('', () => {
      clearTimeout(deadline);
      resolve();
    });
  });
}
