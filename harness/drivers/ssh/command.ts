/** One command on a host, from its first byte in to its exit status. */
import type { Client, ClientChannel } from 'ssh2';

export interface CommandResult {
  /** `null` when the connection ended first, or a signal did it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Opens a channel with the command at its other end. */
export function openCommand(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

/** Rejects when the channel can't be opened or the time is over; a command that fails is a result. */
export async function runCommand(client: Client, command: string, timeoutMs: number, input?: Buffer): Promise<CommandResult> {
  const channel = await openCommand(client, command);
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let code: number | null = null;
    const timer = setTimeout(() => {
      channel.close();
      reject(new Error(`no end of ${command.slice(0, 60)} within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    channel.on('data', (part: Buffer) => stdout.push(part));
    channel.stderr.on('data', (part: Buffer) => stderr.push(part));
    channel.on('exit', (status: number | null) => {
      code = status;
    });
    channel.on('close', () => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8').trim() });
    });
    channel.end(input);
  });
}

/** One word for whatever shell the user has there: none of them expands anything between single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Runs a script of ours with the host's own Node.js, so that nothing depends on the shell or on which tools there are. */
export function nodeScript(node: string, script: string, ...args: readonly string[]): string {
  return [node, '-e', script, ...args].map(quoted).join(' ');
}
