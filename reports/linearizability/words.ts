/** The story in sentences, the same on a terminal and on a page. Every sentence is true of the history by itself. */
import { valueText } from './label.ts';
import type { Story, StoryCall } from './story.ts';

/** `0`, `0 or 3`, `0, 1 or 3`. */
export function anyOf(values: readonly string[]): string {
  if (values.length < 2) return values[0] ?? 'nothing';
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`;
}

/** What the impossible operation claims and what was possible: `returned 2, but every order allows only 0`. */
export function reason(story: Story): string {
  const call = impossibleCall(story);
  const only = story.allowed === undefined ? undefined : anyOf(story.allowed.map(valueText));
  const states = [...new Set(story.orders.map(({ state }) => state))];
  if (call.f === 'cas' && Array.isArray(call.input)) {
    const [expected] = call.input as readonly unknown[];
    const claim = call.outcome === 'fail' ? `found something other than ${valueText(expected)}` : `found ${valueText(expected)}`;
    if (only !== undefined) return `${claim}, but every order allows only ${only} there`;
    return `${claim}, but ${impossibleIn(states)}`;
  }
  const claim = call.output === null && call.f !== 'read' && call.f !== 'get' ? 'succeeded' : `returned ${valueText(call.output)}`;
  if (only !== undefined) return `${claim}, but every order allows only ${only}`;
  return `${claim}, but ${impossibleIn(states)}`;
}

function impossibleIn(states: readonly string[]): string {
  if (states.length === 0) return 'no order of the operations allows that';
  // The partial orders shown may not be all there are, so nothing is said about other states.
  return `no order allows that: the longest ${states.length === 1 ? 'leaves' : 'leave'} ${anyOf(states)}`;
}

/** The reason in a few words, to stand beside the mark. */
export function shortReason(story: Story): string {
  if (story.allowed !== undefined) return `only ${anyOf(story.allowed.map(valueText))} possible`;
  const states = [...new Set(story.orders.map(({ state }) => state))];
  return states.length === 0 ? 'fits no order' : `impossible when ${anyOf(states)}`;
}

export function impossibleCall(story: Story): StoryCall {
  const call = story.calls.find(({ id }) => id === story.impossible);
  if (call === undefined) throw new Error(`the story does not hold its own impossible operation ${story.impossible}`);
  return call;
}

/** Below this, milliseconds would not tell the operations apart. */
const fineSpanNs = 50e6;

/** An instant of the story, in seconds. */
export function instantText({ calls }: Story, timeNs: number): string {
  const times = calls.flatMap(({ fromNs, toNs }) => (toNs === undefined ? [fromNs] : [fromNs, toNs]));
  const fine = Math.max(...times) - Math.min(...times) < fineSpanNs;
  return `${(timeNs / 1e9).toFixed(fine ? 6 : 3)} s`;
}

export interface Step {
  readonly call: StoryCall;
  /** The rest of the sentence that begins with the operation. */
  readonly text: string;
}

/**
 * The contradiction, one operation a step, each placed by what had ended before it began. Of those, only the ones that don't follow from
 * the others are named: before is transitive.
 */
export function steps(story: Story): readonly Step[] {
  const told = story.calls.filter(({ role }) => role !== 'around');
  return told.map((call, position) => {
    const before = told.slice(0, position);
    const ended = before.filter((one) => endedBefore(one, call));
    const last = ended.filter((one) => !ended.some((other) => endedBefore(one, other)));
    const open = before.filter((one) => !ended.includes(one));
    const number = (one: StoryCall): number => told.indexOf(one) + 1;
    const place = [
      ...(last.length === 0 ? [] : [`after ${list(last.map(number))} had ended`]),
      ...(open.length === 0 ? [] : [`while ${list(open.map(number))} ${open.length === 1 ? 'was' : 'were'} still open`]),
    ].join(', ');
    const sentence = told.length === 1 ? 'contradicts the history by itself' : place === '' ? 'comes first' : `began ${place}`;
    return {
      call,
      text: `by process ${call.process} ${sentence}.${ending(call)}${call.role === 'impossible' ? ` Impossible: it ${reason(story)}.` : ''}`,
    };
  });
}

/** At the same instant is not before: intervals are closed. */
function endedBefore(one: StoryCall, other: StoryCall): boolean {
  return one.toNs !== undefined && one.toNs < other.fromNs;
}

function ending({ outcome, f }: StoryCall): string {
  if (outcome === 'info') return ' It was never answered: it may have taken effect at any time later, or never.';
  return outcome === 'fail' && f !== 'cas' ? ' It failed.' : '';
}

function list(numbers: readonly number[]): string {
  const shown = numbers.map((number) => `(${number})`);
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** What else a reader should know, one sentence each. */
export function notes({ minimal, coreSize, statesBefore, orders, calls }: Story): readonly string[] {
  const shown = calls.filter(({ role }) => role === 'core' || role === 'impossible').length;
  return [
    ...(shown < coreSize ? [`Shown are the last ${shown} of ${coreSize} operations that contradict each other.`] : []),
    ...(minimal && coreSize > 1
      ? [`This is minimal: leave out any one of the ${coreSize} that contradict each other, and the rest can be explained.`]
      : []),
    ...(coreSize === 1 ? ['No choice of effects of the other operations, each within its interval or not at all, makes it possible.'] : []),
    ...(statesBefore.length === 0 ? [] : [`Before the first of these the state can have been ${anyOf(statesBefore)}; none of them helps.`]),
    ...(orders[0] === undefined
      ? []
      : [`As far as an explanation goes, the state is ${anyOf([...new Set(orders.map(({ state }) => state))])}.`]),
  ];
}
