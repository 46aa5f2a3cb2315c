/** `--help`, for the command as a whole and for each of its parts. Laid out for 100 columns, the width of a usual terminal. */
import { styleText } from 'node:util';
import { describeExitCodes } from '../config/index.ts';
import type { Command, Example, Flag } from './command.ts';

const width = 100;

/** Flags every command has. */
export const commonFlags: readonly Flag[] = [
  { name: 'help', group: 'General', kind: 'switch', description: 'Show this help' },
  { name: 'version', group: 'General', kind: 'switch', description: 'Show the version' },
];

interface Row {
  readonly left: string;
  readonly right: string;
}

export function describeProgram(commands: readonly Command[], examples: readonly Example[], colour: boolean): string {
  return layout(colour, [
    [
      '',
      [
        'Seamproof deploys a pipeline, drives load, injects failures, records a history,',
        'and decides from the outside whether the pipeline kept its promises.',
      ],
    ],
    ['Usage', ['  harness <command> [flags]']],
    ['Commands', columns(commands.map((command) => ({ left: signatureOf(command), right: command.summary })))],
    ['Examples', describeExamples(examples)],
    ['Exit codes', describeExitCodes().split('\n')],
    ['', ['harness <command> --help tells more about one of them.']],
  ]);
}

export function describeCommand(command: Command, colour: boolean): string {
  const flags = [...command.flags, ...commonFlags];
  const groups = [...new Set(flags.map(({ group }) => group))];
  const leftWidth = Math.max(...flags.map((flag) => flagLabel(flag).length));
  return layout(colour, [
    ['', [command.summary]],
    ['Usage', [`  harness ${signatureOf(command)} [flags]`]],
    ...groups.map((group) => [group, columns(flags.filter((flag) => flag.group === group).map(flagRow), leftWidth)] as const),
    ['Examples', describeExamples(command.examples)],
    ['Exit codes', describeExitCodes().split('\n')],
  ]);
}

function signatureOf(command: Command): string {
  return command.positionals === '' ? command.name : `${command.name} ${command.positionals}`;
}

function flagLabel(flag: Flag): string {
  return `--${flag.name}${flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`}`;
}

function flagRow(flag: Flag): Row {
  return {
    left: flagLabel(flag),
    right: flag.defaultText === undefined ? flag.description : `${flag.description} (default: ${flag.defaultText})`,
  };
}

function describeExamples(examples: readonly Example[]): readonly string[] {
  return examples.flatMap(({ line, explanation }) => [`  ${line}`, `      ${explanation}`]);
}

function columns(rows: readonly Row[], leftWidth = Math.max(...rows.map(({ left }) => left.length))): readonly string[] {
  const indent = leftWidth + 4;
  return rows.flatMap(({ left, right }) => {
    const [first = '', ...rest] = wrap(right, width - indent);
    return [`  ${left.padEnd(leftWidth)}  ${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}

function wrap(text: string, limit: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= limit) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function layout(colour: boolean, sections: readonly (readonly [title: string, lines: readonly string[]])[]): string {
  const bold = (title: string) => (colour ? styleText('bold', title, { validateStream: false }) : title);
  const texts = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [...(title === '' ? [] : [bold(title)]), ...lines].join('\n'));
  return `${texts.join('\n\n')}\n`;
}
