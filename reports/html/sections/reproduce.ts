/** Everything it takes to run this again. */
import { formatDate, formatDuration } from '../../text/format.ts';
import { command } from '../command.ts';
import { html } from '../markup.ts';
import type { Section } from '../section.ts';

/** Quoted for a POSIX shell where it has to be. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export const reproduceSection: Section = {
  id: 'reproduce',
  title: 'Reproduce',
  lead: 'A replay repeats the schedule of load and faults, not the interleaving of the nodes.',
  build({ input: { run } }) {
    const facts = [
      ['Seed', String(run.seed)],
      ['Run directory', run.runDirectory],
      ['Started', formatDate(run.startedAtIso)],
      ['Lasted', formatDuration(run.durationMs)],
      ['Exit code', String(run.exitCode)],
      ...(run.bug === undefined ? [] : [['Seeded bug', run.bug] as const]),
      ...Object.entries(run.versions),
    ] as const;
    return {
      body: html`<h3>Replay the schedule</h3>${command(run.replayCommand)}
<h3>Run it as it was run</h3>${command(['npx harness', ...run.argv.map(shellWord)].join(' '))}
<dl class="fields">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd class="mono">${value}</dd></div>`)}</dl>
<p class="quiet">The run directory holds the whole history, the proxies’ record of every call, the schedule, the nodes’ logs and the final reads.</p>`,
    };
  },
};
