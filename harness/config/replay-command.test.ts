import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { replayCommand } from './replay-command.ts';
import type { ResolvedConfig } from './resolved.ts';
import { resolveForTest, testCatalogue } from './test-support.ts';

const commandOf = (config: ResolvedConfig) => replayCommand(config, testCatalogue.nemeses);

/** What a shell makes of the line, as flags. */
function flagsOf(command: string): Readonly<Record<string, string>> {
  const words = execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\n' "$word"; done`], { encoding: 'utf8' }).split('\n');
  const flags = words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1] ?? ''] as const] : []));
  return Object.fromEntries(flags);
}

describe('the command that repeats a run', () => {
  it('is short where defaults were used', () => {
    expect(commandOf(resolveForTest({ flags: { time: '300', seed: '7' } }))).toBe(
      'npx harness test --workload orders --nemesis none --time 300 --seed 7',
    );
  });

  it('names the schedule, where one was given, and not what that settles', () => {
    const readSchedule = () => ({ seed: 11, timeMs: 41_000, nemeses: ['pause-leader'] });
    const config = resolveForTest({ flags: { schedule: 'runs/one/schedule.json', rate: '20' }, readSchedule });
    expect(config).toMatchObject({ seed: 11, timeMs: 41_000, nemeses: [{ name: 'pause-leader' }] });
    const command = commandOf(config);
    expect(command).toBe('npx harness test --workload orders --schedule runs/one/schedule.json --seed 11 --rate 20');
    expect(resolveForTest({ flags: flagsOf(command), readSchedule })).toEqual(config);
  });

  it.each([
    {},
    { nemesis: 'pause-leader:hold=9s:strict,none', time: '1500ms', 'nemesis-interval': '90s' },
    { nemesis: "pause-leader:role=it's order-1->payment-2", seed: '9007199254740991' },
    { replicas: '5', 'read-quorum': '2', 'write-quorum': '4', lease: '750ms', 'base-port': '4000' },
    { workload: 'registers', rate: '12.5', concurrency: '40', checkers: 'saga,fencing', bug: 'fence-one-replica-skips' },
  ])('says all that shapes the run: %j', (flags) => {
    const config = resolveForTest({ flags });
    expect(resolveForTest({ flags: flagsOf(commandOf(config)) })).toEqual(config);
  });
});
