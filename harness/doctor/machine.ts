/** What every run needs of the machine that the harness itself runs on. */
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../drivers/index.ts';
import { type Finding, messageOf } from './finding.ts';

const oldestNode = { major: 20, minor: 19 };
const portsOfARun = 50;
const scarceBytes = 1024 ** 3;
const timerMs = 20;
const timerRounds = 25;
/** A timer that is later than this makes leases and time-outs of seconds a matter of luck. */
const lateMs = 200;

export async function examineMachine(runsDirectory: string): Promise<readonly Finding[]> {
  // The clock first and alone: what the others do would make timers late.
  const clock = await examineClock();
  const [ports, disk] = await Promise.all([examinePorts(), examineDisk(runsDirectory)]);
  return [examineNode(process.versions.node), examinePermissions(), ports, clock, disk];
}

export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRecent = major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor);
  const oldest = `${oldestNode.major}.${oldestNode.minor}`;
  return isRecent
    ? { subject: 'Node.js', state: 'good', detail: `version ${version}` }
    : {
        subject: 'Node.js',
        state: 'bad',
        detail: `version ${version}, and ${oldest} is needed`,
        advice: `install Node.js ${oldest} or newer`,
      };
}

function examinePermissions(): Finding {
  const id = process.getuid?.();
  const who = id === undefined ? 'this system has no user ids' : id === 0 ? 'root' : `user ${id}`;
  return {
    subject: 'permissions',
    state: 'good',
    detail: `${who}; processes of one's own may be paused and ended, and that is enough for local`,
  };
}

async function examinePorts(): Promise<Finding> {
  try {
    await freePorts(portsOfARun);
    return { subject: 'ports', state: 'good', detail: `${portsOfARun} free ones on 127.0.0.1` };
  } catch (error) {
    return { subject: 'ports', state: 'bad', detail: messageOf(error), advice: 'end what occupies them' };
  }
}

/** How late timers are tells whether the processor is free enough for anything that is about time. */
async function examineClock(): Promise<Finding> {
  let latestMs = 0;
  for (let round = 0; round < timerRounds; round += 1) {
    const before = performance.now();
    await delay(timerMs);
    latestMs = Math.max(latestMs, performance.now() - before - timerMs);
  }
  const detail = `timers of ${timerMs} ms were at most ${latestMs.toFixed(1)} ms late`;
  return latestMs < lateMs
    ? { subject: 'clock', state: 'good', detail }
    : { subject: 'clock', state: 'limited', detail, advice: 'give the run a machine that is less busy, or a longer --lease' };
}

async function examineDisk(runsDirectory: string): Promise<Finding> {
  const place = existing(runsDirectory);
  const scratch = await mkdtemp(path.join(tmpdir(), 'seamproof-doctor-'));
  try {
    const { bavail, bsize } = await statfs(place);
    const file = await open(path.join(scratch, 'probe'), 'w');
    const before = performance.now();
    await file.write('x');
    await file.datasync();
    const syncMs = performance.now() - before;
    await file.close();
    const detail = `${(Number(bavail * bsize) / 1024 ** 3).toFixed(1)} GB free at ${place}; a write reaches the disk in ${syncMs.toFixed(1)} ms`;
    return bavail * bsize >= scarceBytes
      ? { subject: 'disk', state: 'good', detail }
      : { subject: 'disk', state: 'limited', detail, advice: 'delete old runs, or choose another --runs-directory' };
  } catch (error) {
    return { subject: 'disk', state: 'bad', detail: messageOf(error), advice: 'make room, or choose another --runs-directory' };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function existing(directory: string): string {
  let place = path.resolve(directory);
  while (!existsSync(place)) place = path.dirname(place);
  return place;
}
