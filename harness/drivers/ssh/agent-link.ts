/** The harness's end of the conversation with its agent on a host. */
import { createInterface } from 'node:readline';
import type { ClientChannel } from 'ssh2';
import { type AgentMessage, type Ask, messageSchema, pingMs } from './agent/protocol.ts';

export interface AgentLink {
  /** Resolves with the agent's answer. Rejects with its error, when there is no answer in time, and when the link ends. */
  ask(ask: Ask): Promise<unknown>;
  /** Ends the conversation, upon which the agent ends and removes everything. Resolves once it is gone. */
  end(): Promise<void>;
}

export interface AgentEvents {
  exited(node: string, exit: { readonly pid: number; readonly exit: string; readonly expected: boolean }): void;
  /** It ended without having been asked to; `said` is what it printed about that. */
  lost(said: string): void;
}

/** The longest verb is a stop: SIGTERM, grace, SIGKILL, and the wait for the process to disappear. */
const answerWithinMs = 30_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

export function openAgentLink(channel: ClientChannel, hostName: string, events: AgentEvents): AgentLink {
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let stderr = '';
  let ending = false;
  let open = true;

  const settle = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    waiting.delete(id);
    clearTimeout(one?.timer);
    return one;
  };
  const hear = (message: AgentMessage): void => {
    if ('exited' in message) {
      const { exited, ...exit } = message;
      events.exited(exited, exit);
    } else if (message.ok) settle(message.id)?.resolve(message.value);
    else settle(message.id)?.reject(new Error(message.message));
  };
  const ask = (what: Ask): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!open) return reject(new Error(`${hostName} is out of reach`));
      const id = nextId++;
      const timer = setTimeout(
        () => settle(id)?.reject(new Error(`${hostName} did not carry out "${what.verb}" within ${answerWithinMs / 1000} s`)),
        answerWithinMs,
      );
      waiting.set(id, { resolve, reject, timer });
      channel.write(`${JSON.stringify({ id, ask: what })}\n`);
    });

  createInterface({ input: channel }).on('line', (line) => {
    try {
      hear(messageSchema.parse(JSON.parse(line)));
    } catch (error) {
      // Whoever speaks there isn't our agent. An exception in here would be taken for one of the connection's.
      stderr += `${hostName} said ${line.slice(0, 200)}: ${String(error).slice(0, 200)}`;
      channel.close();
    }
  });
  channel.stderr.on('data', (part: Buffer) => {
    stderr += part.toString('utf8');
  });
  // The agent takes silence for our end. A ping that isn't answered is no news: the connection's own keepalive notices that.
  const pings = setInterval(() => void ask({ verb: 'ping' }).catch(() => undefined), pingMs);
  const closed = new Promise<void>((resolve) => {
    channel.on('error', () => undefined);
    channel.on('close', () => {
      open = false;
      clearInterval(pings);
      for (const id of [...waiting.keys()]) settle(id)?.reject(new Error(`the connection to ${hostName} was lost`));
      if (!ending) events.lost(stderr.trim());
      resolve();
    });
  });
  return {
    ask,
    end: () => {
      ending = true;
      if (open) channel.end();
      return closed;
    },
  };
}
