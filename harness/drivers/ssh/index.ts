/** Nodes on hosts that are reached over SSH; the hosts need Node.js and a shell, nothing else. */
import type { DriverKind } from '../registry.ts';
import { createSshDriver } from './driver.ts';
import { recoverHosts } from './made.ts';

export const ssh: DriverKind = {
  name: 'ssh',
  description: 'Hosts that are reached over SSH: --nodes or --nodes-file.',
  create: (config, { runDirectory, journal, note }) => {
    if (config.ssh === undefined) throw new Error('the driver ssh needs hosts; the configuration should have been refused');
    const { basePort } = config;
    return createSshDriver({ config: config.ssh, runDirectory, journal, note, ...(basePort === undefined ? {} : { basePort }) });
  },
  recover: recoverHosts,
};
