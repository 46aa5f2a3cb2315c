import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { openTerminal } from './terminal.ts';

class FakeStream extends EventEmitter {
  readonly isTTY: boolean;
  readonly written: string[] = [];
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  write(text: string, done?: () => void): boolean {
    this.written.push(text);
    done?.();
    return true;
  }
}

const terminalOf = (environment: Readonly<Record<string, string>>, tty = true) =>
  openTerminal(new FakeStream(tty), new FakeStream(tty), environment);

describe('the terminal', () => {
  it.each([
    [{}, true, { isTty: true, colour: true }],
    [{}, false, { isTty: false, colour: false }],
    [{ NO_COLOR: '1' }, true, { isTty: true, colour: false }],
    [{ FORCE_COLOR: '1' }, false, { isTty: false, colour: true }],
    [{ CI: 'true' }, true, { isTty: false, colour: true }],
    [{ CI: 'false' }, true, { isTty: true, colour: true }],
    [{ TERM: 'dumb' }, true, { isTty: false, colour: false }],
  ] as const)('with %j and a terminal %j is %j', (environment, tty, expected) => {
    const { isTty, colour } = terminalOf(environment, tty);
    expect({ isTty, colour }).toEqual(expected);
  });

  it('survives a reader that closed its pipe, and nothing else', () => {
    const stdout = new FakeStream(false);
    openTerminal(stdout, new FakeStream(false), {});
    expect(() => stdout.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }))).not.toThrow();
    expect(() => stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
  });

  it('is drained once both streams have taken what was written', async () => {
    const stdout = new FakeStream(false);
    const terminal = openTerminal(stdout, new FakeStream(false), {});
    terminal.stdout('verdict\n');
    await terminal.drain();
    expect(stdout.written).toEqual(['verdict\n', '']);
  });
});
