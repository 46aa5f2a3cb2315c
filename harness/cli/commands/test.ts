/** `harness test`: deploy, load, break, judge. Everything it can be told is in the table of settings. */
import type { Command } from '../command.ts';
import { configOf, settingFlags } from '../config-of.ts';
import { runRepeatedly } from '../run-repeatedly.ts';

export const testCommand: Command = {
  name: 'test',
  positionals: '',
  summary: 'Deploy a pipeline, drive load, inject failures, and decide whether it kept its promises',
  flags: settingFlags,
  examples: [
    { line: 'harness test --nemesis pause-leader --time 300', explanation: 'pause whoever leads, again and again, for five minutes' },
    {
      line: 'harness test --nemesis pause-leader:hold=8s --seed 42',
      explanation: 'a fault with an option, on a schedule that can be repeated',
    },
    { line: 'harness test --workload registers --rate 500 --json', explanation: 'load a quorum register, and print one JSON object' },
    { line: 'harness test --nemesis random-pair --seed 7 --repeat 20 --keep-going', explanation: 'how often one schedule fails' },
    {
      line: 'SEAMPROOF_TIME=5m harness test',
      explanation: 'every flag is an environment variable and a key of harness.config.ts too; the flag wins',
    },
  ],
  ownsNodes: true,
  run: async (args, session) => {
    const config = await configOf(args, session);
    if (!config.quiet) session.io.stderr(`seed ${config.seed}\n`);
    return runRepeatedly(config, session);
  },
};
