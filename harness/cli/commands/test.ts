/** `harness test`: deploy, load, break, judge. Everything it can be told is in the table of settings. */
import { exitCodes, type ResolvedConfig } from '../../config/index.ts';
import type { Command, Session } from '../command.ts';
import { configOf, settingFlags } from '../config-of.ts';
import { describeSchedule } from '../describe-schedule.ts';
import { runRepeatedly } from '../run-repeatedly.ts';

export const testCommand: Command = {
  name: 'test',
  positionals: '',
  summary: 'Deploy a pipeline, drive load, inject failures, and decide whether it kept its promises',
  flags: [...settingFlags, { name: 'dry-run', group: 'Faults', kind: 'switch', description: 'Print the schedule, and stop' }],
  examples: [
    { line: 'harness test --nemesis pause-leader --time 300', explanation: 'pause whoever leads, again and again, for five minutes' },
    {
      line: 'harness test --nemesis pause-leader:hold=8s --seed 42',
      explanation: 'a fault with an option, on a schedule that can be repeated',
    },
    { line: 'harness test --workload registers --rate 500 --json', explanation: 'load a quorum register, and print one JSON object' },
    {
      line: 'harness test --nemesis kill,latency --seed 42 --dry-run',
      explanation: 'what would happen when; --json prints the schedule itself',
    },
    { line: 'harness test --nemesis random-pair --seed 7 --repeat 20 --keep-going', explanation: 'how often one schedule fails' },
    {
      line: 'SEAMPROOF_TIME=5m harness test',
      explanation: 'every flag is an environment variable and a key of harness.config.ts too; the flag wins',
    },
  ],
  ownsNodes: true,
  run: async (args, session) => {
    const config = await configOf(args, session);
    if (args['dry-run'] === true) return printSchedule(config, session);
    if (!config.quiet) session.io.stderr(`seed ${config.seed}\n`);
    return runRepeatedly(config, session);
  },
};

async function printSchedule(config: ResolvedConfig, { io }: Session): Promise<number> {
  const [{ scheduled }, { scheduleText }] = await Promise.all([import('../../run/index.ts'), import('../../run/schedule-file.ts')]);
  const plan = scheduled(config);
  io.stdout(config.json ? scheduleText({ seed: config.seed, plan }) : describeSchedule(plan, config.seed));
  return exitCodes.valid.code;
}
