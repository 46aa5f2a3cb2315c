import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readJournal } from './journal.ts';
import { eventually, openRun, processOf, runsForever, scriptNode, temporaryDirectory } from './test-support.ts';
import type { NodeExit } from './types.ts';

/** The state letter that the kernel itself shows. */
function kernelState(pid: number | undefined): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
}

/** Starts a child in its own group, prints its pid, and stays. */
const parent = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  console.log('child=' + child.pid + ';');
  setInterval(() => {}, 1000);
`;
const childOf = (log: string): number => Number(/child=(\d+);/.exec(log)?.[1]);

describe('start', () => {
  test('runs the command with its environment, and both outputs reach the log in order', async () => {
    const run = openRun();
    await run.driver.start(
      scriptNode('a', `console.log('out ' + process.env.PEER); console.error('err'); ${runsForever}`, { PEER: 'http://b' }),
    );
    await run.printed('a', 'up');
    expect(run.log('a')).toBe('out http://b\nerr\nup\n');
    expect(await run.driver.status('a')).toMatchObject({ state: 'running' });
  });

  test('of a node that runs already changes nothing, unless the command is another', async () => {
    const run = openRun();
    await run.driver.start(scriptNode('a', runsForever));
    const { pid } = await run.driver.status('a');
    await run.driver.start(scriptNode('a', runsForever));
    expect(await run.driver.status('a')).toEqual({ state: 'running', pid });
    await expect(run.driver.start(scriptNode('a', 'another'))).rejects.toThrow('runs already, with another command');
  });

  test.each([
    [['/no/such/executable'], 'ENOENT'],
    [[], 'argv is empty'],
  ])('of %j says what is wrong', async (argv, reason) => {
    const run = openRun();
    await expect(run.driver.start({ ...scriptNode('a', ''), argv })).rejects.toThrow(reason);
    expect(await run.driver.status('a')).toEqual({ state: 'absent' });
  });

  test('is in the journal before the process runs, with what identifies it afterwards', async () => {
    const run = openRun();
    await run.driver.start(
      scriptNode('a', `console.log(require('node:fs').readFileSync(process.env.JOURNAL, 'utf8')); ${runsForever}`, {
        JOURNAL: path.join(run.runDirectory, 'journal.jsonl'),
      }),
    );
    await run.printed('a', 'up');
    const { pid } = await run.driver.status('a');
    expect(run.log('a')).toContain('{"entry":"starting","node":"a"}');
    const [first, ...rest] = readJournal(run.runDirectory) ?? [];
    expect(first).toMatchObject({ entry: 'run', runId: run.journal.runId, pid: process.pid });
    expect(rest).toEqual([
      { entry: 'starting', node: 'a' },
      { entry: 'started', node: 'a', pid, startTime: processOf(pid)?.startTime },
    ]);
  });
});

describe('pause and resume', () => {
  test('stop and continue the whole group, as the kernel sees it', async () => {
    const run = openRun();
    await run.driver.start(scriptNode('a', parent));
    await run.printed('a', 'child=');
    const child = childOf(run.log('a'));
    const { pid } = await run.driver.status('a');
    await run.driver.pause('a');
    await run.driver.pause('a');
    expect([kernelState(pid), kernelState(child)]).toEqual(['T', 'T']);
    expect(await run.driver.status('a')).toEqual({ state: 'paused', pid });
    await run.driver.resume('a');
    await run.driver.resume('a');
    expect([kernelState(pid), kernelState(child)]).not.toContain('T');
    expect(await run.driver.status('a')).toEqual({ state: 'running', pid });
  });

  test('of a node that is gone: a pause is refused, a resume has nothing to do', async () => {
    const run = openRun();
    await run.driver.start(scriptNode('a', runsForever));
    await run.driver.kill('a');
    await expect(run.driver.pause('a')).rejects.toThrow("it isn't running (exit: SIGKILL)");
    await run.driver.resume('a');
    await expect(run.driver.pause('b')).rejects.toThrow('There is no node b');
  });
});

describe('stop', () => {
  test('lets a node finish in its own way', async () => {
    const run = openRun();
    const exits: NodeExit[] = [];
    run.driver.onExit((_, exit) => exits.push(exit));
    await run.driver.start(scriptNode('a', `process.on('SIGTERM', () => { console.log('bye'); process.exit(3); }); ${runsForever}`));
    await run.printed('a', 'up');
    await run.driver.stop('a');
    await run.driver.stop('a');
    expect(run.log('a')).toBe('up\nbye\n');
    expect(await run.driver.status('a')).toMatchObject({ state: 'exited', exit: '3' });
    expect(exits).toMatchObject([{ exit: '3', expected: true }]);
  });

  test('kills a node that ignores it, after the grace', async () => {
    const run = openRun(50);
    await run.driver.start(scriptNode('a', `process.on('SIGTERM', () => console.log('no')); ${runsForever}`));
    await run.printed('a', 'up');
    await run.driver.stop('a');
    expect(run.log('a')).toBe('up\nno\n');
    expect(await run.driver.status('a')).toMatchObject({ state: 'exited', exit: 'SIGKILL' });
  });

  test('reaches a paused node without letting it go on as it was', async () => {
    const run = openRun();
    await run.driver.start(scriptNode('a', runsForever));
    await run.printed('a', 'up');
    await run.driver.pause('a');
    await run.driver.stop('a');
    expect(await run.driver.status('a')).toMatchObject({ state: 'exited', exit: 'SIGTERM' });
  });

  test('waits for what the node had started, and kills what of it stays', async () => {
    const run = openRun(100);
    const deaf = `process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)`;
    await run.driver.start(
      scriptNode(
        'a',
        `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}], { stdio: 'inherit' }); console.log('child=' + c.pid + ';'); setInterval(() => {}, 1000);`,
      ),
    );
    await run.printed('a', 'deaf');
    const child = childOf(run.log('a'));
    await run.driver.stop('a');
    expect(await run.driver.status('a')).toMatchObject({ exit: 'SIGTERM' });
    expect(processOf(child)).toBeUndefined();
  });
});

describe('kill', () => {
  test('takes the whole group, paused or not, and is told as expected', async () => {
    const run = openRun();
    const exits: [string, NodeExit][] = [];
    run.driver.onExit((node, exit) => exits.push([node, exit]));
    await run.driver.start(scriptNode('a', parent));
    await run.printed('a', 'child=');
    const child = childOf(run.log('a'));
    const { pid } = await run.driver.status('a');
    await run.driver.pause('a');
    await run.driver.kill('a');
    await run.driver.kill('a');
    expect([processOf(pid), processOf(child)]).toEqual([undefined, undefined]);
    expect(exits).toEqual([['a', { pid, exit: 'SIGKILL', expected: true }]]);
  });

  test('does not wait for the grace of a stop that is under way', async () => {
    const run = openRun(60_000);
    await run.driver.start(scriptNode('a', `process.on('SIGTERM', () => console.log('no')); ${runsForever}`));
    await run.printed('a', 'up');
    const stopping = run.driver.stop('a');
    await run.printed('a', 'no');
    await run.driver.kill('a');
    await stopping;
    expect(await run.driver.status('a')).toMatchObject({ exit: 'SIGKILL' });
  });
});

describe('restart', () => {
  test('starts another process over the same data', async () => {
    const run = openRun();
    const data = temporaryDirectory();
    writeFileSync(path.join(data, 'count'), '0');
    const counts = `const fs = require('node:fs'); const file = process.env.DATA_DIR + '/count'; const n = 1 + Number(fs.readFileSync(file)); fs.writeFileSync(file, String(n)); console.log('start ' + n); setInterval(() => {}, 1000);`;
    await run.driver.start(scriptNode('a', counts, { DATA_DIR: data }));
    await run.printed('a', 'start 1');
    const before = await run.driver.status('a');
    await run.driver.kill('a');
    await run.driver.restart('a');
    await run.printed('a', 'start 2');
    await run.driver.restart('a');
    await run.printed('a', 'start 3');
    const after = await run.driver.status('a');
    expect(after.state).toBe('running');
    expect(after.pid).not.toBe(before.pid);
    expect(readFileSync(path.join(data, 'count'), 'utf8')).toBe('3');
    expect(run.log('a')).toBe('start 1\nstart 2\nstart 3\n');
  });
});

describe('a node that dies by itself', () => {
  test('is told as unexpected, and what it had started goes with it', async () => {
    const run = openRun();
    const exits: NodeExit[] = [];
    const stopListening = run.driver.onExit((_, exit) => exits.push(exit));
    await run.driver.start(scriptNode('a', `${parent} process.stdin; setTimeout(() => process.exit(7), 50);`));
    await run.printed('a', 'child=');
    const child = childOf(run.log('a'));
    const { pid } = await run.driver.status('a');
    await eventually(() => exits.length > 0 && processOf(child) === undefined, 'the exit');
    expect(exits).toEqual([{ pid, exit: '7', expected: false }]);
    expect(await run.driver.status('a')).toEqual({ state: 'exited', pid, exit: '7' });
    stopListening();
    await run.driver.restart('a');
    await run.driver.kill('a');
    expect(exits).toHaveLength(1);
  });
});

describe('dispose', () => {
  test('ends every node whatever its state, and what escaped from its group, and says so in the journal', async () => {
    const run = openRun(100);
    const escapes = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' }); console.log('child=' + c.pid + ';'); setInterval(() => {}, 1000);`;
    for (const name of ['running', 'paused', 'killed']) await run.driver.start(scriptNode(name, runsForever));
    await run.driver.start(scriptNode('escaping', escapes));
    await run.printed('escaping', 'child=');
    await run.driver.pause('paused');
    await run.driver.kill('killed');
    const pids = await Promise.all(['running', 'paused', 'killed', 'escaping'].map(async (name) => (await run.driver.status(name)).pid));
    expect(await run.driver.dispose()).toEqual([]);
    expect(await run.driver.dispose()).toEqual([]);
    expect([...pids, childOf(run.log('escaping'))].map(processOf)).toEqual(Array(5).fill(undefined));
    expect(readJournal(run.runDirectory)?.at(-1)).toEqual({ entry: 'disposed' });
    await expect(run.driver.start(scriptNode('late', runsForever))).rejects.toThrow('disposed');
  });
});
