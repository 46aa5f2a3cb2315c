/** `harness doctor`: what can be run from here, and if not, why and what to do. */
import { exitCodes, type SshConfig } from '../../config/index.ts';
import type { Diagnosis, Finding } from '../../doctor/index.ts';
import type { Arguments, Command, Session } from '../command.ts';
import { configOf, settingFlags } from '../config-of.ts';

const takes = new Set([
  'nodes',
  'nodes-file',
  'ssh-user',
  'ssh-port',
  'ssh-key',
  'ssh-known-hosts',
  'ssh-trust-any-host',
  'ssh-network',
  'ssh-node',
]);

export const doctorCommand: Command = {
  name: 'doctor',
  positionals: '',
  summary: 'Say what can be run from here: machine, kernel, drivers, and each nemesis with each driver',
  flags: [
    ...settingFlags.filter(({ name }) => takes.has(name)),
    { name: 'json', group: 'Results', kind: 'switch', description: 'Print one JSON object' },
  ],
  examples: [{ line: 'harness doctor --nodes ada@host-1,ada@host-2', explanation: 'also whether nodes could run on these hosts' }],
  run: async (args, session) => {
    const { diagnose } = await import('../../doctor/index.ts');
    const { nemeses } = await session.loadCatalogue();
    const config = await configOf({}, { ...session, environment: {} });
    const ssh = await hostsOf(args, session);
    const diagnosis = await diagnose({ runsDirectory: config.runsDirectory, ssh, nemeses });
    session.io.stdout(args['json'] === true ? `${JSON.stringify({ schemaVersion: 1, ...diagnosis })}\n` : describe(diagnosis));
    return canRun(diagnosis, ssh) ? exitCodes.valid.code : exitCodes.deploy.code;
  },
};

async function hostsOf(args: Arguments, session: Session): Promise<SshConfig | undefined> {
  if (args['nodes'] === undefined && args['nodes-file'] === undefined) return undefined;
  const { json: _json, ...flags } = args;
  return (await configOf({ ...flags, driver: 'ssh' }, session)).ssh;
}

/** Here, and on the hosts if some were named. An engine that nobody asked for may be absent. */
function canRun({ machine, drivers }: Diagnosis, ssh: SshConfig | undefined): boolean {
  const asked = drivers.filter(({ driver }) => driver === 'local' || (driver === 'ssh' && ssh !== undefined));
  return machine.every(({ state }) => state !== 'bad') && asked.every(({ usable }) => usable);
}

const marks: Readonly<Record<Finding['state'], string>> = { good: '✓', limited: '~', bad: '✗' };

export function describe({ machine, kernel, drivers, nemeses }: Diagnosis): string {
  const names = drivers.map(({ driver }) => driver);
  const width = Math.max(...nemeses.map(({ name }) => name.length), 0);
  const table = nemeses.map(
    ({ name, drivers: runs }) =>
      `  ${name.padEnd(width)}  ${names.map((driver) => (runs[driver] === true ? '✓' : '✗').padEnd(driver.length)).join('  ')}`,
  );
  return [
    'This machine',
    ...machine.flatMap(lines),
    '',
    'Its kernel',
    ...kernel.flatMap(lines),
    '',
    'Drivers',
    ...drivers.flatMap(({ driver, usable, findings }) => [
      `  ${usable ? '✓' : '✗'} ${driver}`,
      ...findings.flatMap((finding) => lines(finding).map((line) => `  ${line}`)),
    ]),
    '',
    'Which nemesis can run with which driver',
    `  ${''.padEnd(width)}  ${names.join('  ')}`,
    ...table,
    '',
  ].join('\n');
}

function lines({ subject, state, detail, advice }: Finding): readonly string[] {
  return [`  ${marks[state]} ${subject}: ${detail}`, ...(advice === undefined ? [] : [`      try  ${advice}`])];
}
