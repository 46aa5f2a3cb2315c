/** A thread that judges the keys it is given. */
import { parentPort } from 'node:worker_threads';
import { serveShard } from './serve.ts';

const port = parentPort;
if (port !== null)
  port.on(
    'message',
    serveShard((message) => port.postMessage(message)),
  );
