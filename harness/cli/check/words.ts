/** The answer for a person at a terminal: the verdict, the impossible operation, the contradiction step by step, and how far explanations go. */
import type { LinearizabilityResult } from '../../../checkers/index.ts';
import {
  formatCount,
  formatDuration,
  impossibleCall,
  instantText,
  notes,
  painter,
  plural,
  reason,
  type Story,
  type StoryCall,
  steps,
  verdictMark,
  verdictTone,
} from '../../../reports/index.ts';
import type { CheckQuestion } from './options.ts';
import type { CheckDone } from './protocol.ts';

export interface Answer {
  readonly file: string;
  readonly question: CheckQuestion;
  readonly done: CheckDone;
}

export function describeAnswer({ file, question, done }: Answer, colour: boolean, quiet: boolean): string {
  const { result, story } = done;
  const paint = painter(colour);
  const { verdict, summary } = result;
  const verdictLine = `${paint(verdictTone[verdict], `${verdictMark[verdict]} ${verdict.toUpperCase()}`)}  ${summary}`;
  if (quiet) return `${verdictLine}\n`;
  const blocks = [
    [verdictLine],
    [paint('quiet', `  ${file}: ${facts(question, done).join(' · ')}`)],
    ...(story === undefined ? [] : violation(story, paint)),
    ...(result.abortedReads ?? []).map(({ read, write }) => [
      `  Aborted read: ${read.description} by process ${read.process} (index ${read.invocation}) saw what ${write.description} (index ${write.invocation}) wrote, which failed.`,
    ]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** What was asked, how much was looked at, how long it took. */
export function facts({ model, initial }: CheckQuestion, { format, result, readMs, checkMs, partition }: CheckDone): readonly string[] {
  return [
    format,
    `${model}${initial === undefined ? '' : `, initially ${JSON.stringify(initial)}`}${partition === 'none' ? ', all keys as one object' : ''}`,
    examinedWords(result),
    `read in ${formatDuration(readMs)}, checked in ${formatDuration(checkMs)}`,
  ];
}

export function examinedWords({ examined }: LinearizabilityResult): string {
  const { operations, ok, fail, info, partitions } = examined;
  const keys = partitions > 1 ? ` on ${formatCount(partitions)} keys` : '';
  return `${plural(operations, 'operation')}${keys} (${formatCount(ok)} ok, ${formatCount(fail)} fail, ${formatCount(info)} info)`;
}

function violation(story: Story, paint: ReturnType<typeof painter>): readonly (readonly string[])[] {
  const call = impossibleCall(story);
  const told = steps(story);
  return [
    [
      paint('strong', '  Impossible'),
      `    ${paint('bad', call.label)} by process ${call.process}${story.key === undefined ? '' : ` on key ${JSON.stringify(story.key)}`}, ${place(call, story)}`,
      `    It ${reason(story)}.`,
    ],
    [
      paint('strong', '  The contradiction'),
      ...told.flatMap(({ call: one, text }, position) => [
        `    (${position + 1}) ${paint(one.role === 'impossible' ? 'bad' : 'strong', one.label)} ${text}`,
        paint('quiet', `        ${place(one, story)}`),
      ]),
      ...notes(story).map((note) => `    ${note}`),
    ],
    ...(story.orders.length === 0
      ? []
      : [
          [
            paint('strong', '  How far an explanation goes'),
            ...story.orders.map(({ calls, earlier, state }) => {
              const labels = calls.map((id) => story.calls.find((one) => one.id === id)?.label ?? `index ${id}`);
              const before = earlier === 0 ? [] : [`… ${plural(earlier, 'operation')}`];
              return `    ${[...before, ...labels].join(', ') || 'nothing takes effect'}; then the state is ${state}`;
            }),
          ],
        ]),
  ];
}

function place({ id, completion, lines, fromNs, toNs, node }: StoryCall, story: Story): string {
  const at = (timeNs: number): string => instantText(story, timeNs);
  const span = (name: string, numbers: readonly number[]): string =>
    `${name}${numbers.length > 1 ? (name === 'index' ? 'es' : 's') : ''} ${numbers.join('–')}`;
  return [
    ...(story.timed ? [toNs === undefined ? `from ${at(fromNs)}` : `${at(fromNs)}–${at(toNs)}`] : []),
    span('index', completion === undefined ? [id] : [id, completion]),
    ...(lines === undefined ? [] : [span('line', lines)]),
    ...(node === undefined ? [] : [`node ${node}`]),
  ].join(', ');
}
