/** Runs a script inside a container, as root, and says what it printed. */
import type Docker from 'dockerode';
import { unframe } from './evidence.ts';

export async function runScript(container: Docker.Container, script: string): Promise<string> {
  const exec = await container.exec({ Cmd: ['sh', '-c', script], User: 'root', AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: false, stdin: false });
  const framed: Buffer[] = [];
  for await (const bytes of stream) framed.push(bytes as Buffer);
  const output = unframe(Buffer.concat(framed)).toString('utf8').trim();
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`the script ended with ${ExitCode}: ${output}`);
  return output;
}
