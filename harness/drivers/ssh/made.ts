/** What this driver makes: a directory on a host, and nodes in it. In the journal before it is made. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { describeHost, sshHostSchema } from '../../config/index.ts';
import type { RecoveredElsewhere } from '../registry.ts';
import { recoverySchema } from './agent/protocol.ts';
import { quoted, runCommand } from './command.ts';
import { type Access, connect, readAccess } from './connection.ts';
import { type LocalFile, prepareHost, readLocalFile } from './host-files.ts';

/** No secrets: the key itself stays where it is. */
export const madeSchema = z.object({
  host: sshHostSchema,
  runName: z.string().regex(/^run-[\w-]+$/),
  node: z.string(),
  key: z.string().exactOptional(),
  knownHosts: z.string().exactOptional(),
  trustAnyHost: z.boolean(),
});

export type Made = z.infer<typeof madeSchema>;

/** The bundle, in `dist/` whether we run from there or from source. */
export function readAgentFile(): LocalFile {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const inDist = here.includes(`${path.sep}dist${path.sep}`) ? here : path.resolve(here, '../../../dist/harness/drivers/ssh');
  return readLocalFile(path.join(inDist, 'agent.cjs'));
}

const undoWithinMs = 60_000;

/** Ends what lives of a run on a host, and removes its directory. Resolves with how many processes it ended; throws when something is left. */
export async function undoHost({ host, runName, node }: Made, access: Access): Promise<number> {
  const connection = await connect(host, access);
  const { client } = connection;
  client.on('error', () => undefined);
  try {
    const agentFile = readAgentFile();
    const files = await prepareHost({ client, hostName: describeHost(host), node, runName, files: [agentFile] });
    const words = [files.nodeExecutable, files.pathOf(agentFile.file), 'undo', files.runDirectory];
    const { code, stdout, stderr } = await runCommand(client, words.map(quoted).join(' '), undoWithinMs);
    if (code !== 0) throw new Error(stderr === '' ? `the agent ended with ${code}` : stderr);
    const { ended, left } = recoverySchema.parse(JSON.parse(stdout.toString('utf8')));
    if (left.length > 0) throw new Error(`${left.join(', ')} can't be ended`);
    return ended;
  } finally {
    await connection.close();
  }
}

/** For `harness recover`: a host that can't be reached keeps nobody from undoing the others. */
export async function recoverHosts(made: readonly unknown[]): Promise<RecoveredElsewhere> {
  const results = await Promise.all(
    made.map(async (thing) => {
      const one = madeSchema.safeParse(thing);
      if (!one.success) return { removed: [], left: [`something on a host: the journal says ${JSON.stringify(thing)}`] };
      const name = describeHost(one.data.host);
      try {
        const ended = await undoHost(one.data, readAccess(one.data));
        return { removed: [`what the run had on ${name} (${ended === 0 ? 'no process was left' : `${ended} processes ended`})`], left: [] };
      } catch (error) {
        return { removed: [], left: [`what the run has on ${name}: ${error instanceof Error ? error.message : String(error)}`] };
      }
    }),
  );
  return { removed: results.flatMap(({ removed }) => removed), left: results.flatMap(({ left }) => left) };
}
