import { describe, expect, it } from 'vitest';
import { connectEngine, engineAddress, refuseUnsuitable } from './engine.ts';
import { explainEngineError, statusOf } from './engine-error.ts';

const answer = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message}`), { statusCode, json: { message } });
const connection = (code: string): Error => Object.assign(new Error(`connect ${code} /var/run/docker.sock`), { code });

describe('what an engine says', () => {
  it.each([
    ['nobody answers', connection('ENOENT'), 'start Docker'],
    ['nobody answers', connection('ECONNREFUSED'), 'start Docker'],
    ['may not use', connection('EACCES'), 'join the group docker'],
    ['its disk is full', answer(500, 'mkdir /var/lib/docker/tmp: no space left on device'), 'docker system prune'],
    [
      'no address range left',
      answer(500, 'could not find an available, non-overlapping IPv4 address pool among the defaults'),
      'docker network prune',
    ],
    [
      'a port is taken',
      answer(500, 'driver failed programming external connectivity: Bind for 127.0.0.1:9 failed: port is already allocated'),
      '--base-port',
    ],
    ['the image lacks', answer(400, 'exec: "node": executable file not found in $PATH: unknown'), '--docker-base'],
  ])('becomes "%s", with what to do, and ends in exit code 4', (because, error, advice) => {
    const explained = explainEngineError(error, 'order-1 could not be started', 'unix:///var/run/docker.sock');
    expect(explained.message).toContain('order-1 could not be started');
    expect(explained.message).toContain(because);
    expect(explained.advice).toContain(advice);
    expect(explained.failure).toBe('deploy');
  });

  it('is quoted as it is when nobody knows what it means', () => {
    expect(explainEngineError(answer(403, 'denied by policy'), 'no container', '').message).toBe('no container: denied by policy');
  });

  it('is explained once, however often it is passed on', () => {
    const explained = explainEngineError(connection('ENOENT'), 'first', '');
    expect(explainEngineError(explained, 'second', '')).toBe(explained);
  });

  it('has a status only if it is an answer', () => {
    expect([statusOf(answer(404, 'no such container')), statusOf(connection('ENOENT')), statusOf(undefined)]).toEqual([
      404,
      undefined,
      undefined,
    ]);
  });
});

describe('the engine', () => {
  it('is refused when it is older than 20.10', () => {
    expect(() => refuseUnsuitable({ Version: '19.03.15', ApiVersion: '1.40', Os: 'linux' })).toThrow(/too old: version 19\.03\.15.*20\.10/);
    expect(() => refuseUnsuitable({ Version: '20.10.24', ApiVersion: '1.41', Os: 'linux' })).not.toThrow();
    expect(() => refuseUnsuitable({ Version: '30.0.0', ApiVersion: '2.0', Os: 'linux' })).not.toThrow();
  });

  it('is refused when its containers are not Linux', () => {
    expect(() => refuseUnsuitable({ Version: '28.0.0', ApiVersion: '1.50', Os: 'windows' })).toThrow('windows containers');
  });

  it('is refused on another machine, whose ports cannot be reached here', async () => {
    await expect(connectEngine('tcp://build-host:2375')).rejects.toThrow('not on this machine');
    await expect(connectEngine('ssh://build-host')).rejects.toThrow('not on this machine');
  });

  it('that is absent is an infrastructure failure that says so', async () => {
    await expect(connectEngine('unix:///nowhere/docker.sock')).rejects.toThrow('nobody answers at unix:///nowhere/docker.sock');
  });

  it('is the one that DOCKER_HOST names', () => {
    expect(engineAddress({ DOCKER_HOST: 'tcp://127.0.0.1:2375' })).toBe('tcp://127.0.0.1:2375');
  });
});
