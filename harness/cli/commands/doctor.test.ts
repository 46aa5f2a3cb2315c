import { expect, describe as group, it } from 'vitest';
import type { Diagnosis } from '../../doctor/index.ts';
import { examineNode } from '../../doctor/machine.ts';
import { describe } from './doctor.ts';

const diagnosis: Diagnosis = {
  machine: [{ subject: 'Node.js', state: 'good', detail: 'version 20.20.2' }],
  kernel: [{ subject: 'netem', state: 'limited', detail: 'tc netem does not work here' }],
  drivers: [
    { driver: 'local', usable: true, findings: [{ subject: 'local', state: 'good', detail: 'processes of this machine' }] },
    { driver: 'docker', usable: false, findings: [{ subject: 'docker', state: 'bad', detail: 'nobody answers', advice: 'start it' }] },
  ],
  nemeses: [{ name: 'pause-leader', drivers: { local: true, docker: false } }],
};

group('harness doctor', () => {
  it('says of each nemesis with which driver it can run, and of a driver that cannot be used why and what to do', () => {
    const text = describe(diagnosis);
    expect(text).toMatch(/^ {2}pause-leader {2}✓ {6}✗ *$/m);
    expect(text).toContain('✗ docker: nobody answers\n        try  start it');
    expect(text).toContain('~ netem: tc netem does not work here');
  });

  it('tells a Node.js that is too old from one that is not', () => {
    expect([examineNode('20.18.3'), examineNode('20.19.0'), examineNode('22.1.0')].map(({ state }) => state)).toEqual([
      'bad',
      'good',
      'good',
    ]);
  });
});
