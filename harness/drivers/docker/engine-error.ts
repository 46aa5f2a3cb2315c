/** What the engine, or the way to it, said → what a person reads: what happened and what to do. */
import { InfrastructureError } from '../../infrastructure-error.ts';

interface Explanation {
  readonly when: (error: Facts) => boolean;
  readonly because: (address: string) => string;
  readonly advice: string;
}

interface Facts {
  /** Of the connection. */
  readonly code: string | undefined;
  /** Of the answer. */
  readonly status: number | undefined;
  readonly message: string;
}

const noEngineNeeded = 'or use --driver local, which needs none';

const explanations: readonly Explanation[] = [
  {
    when: ({ code }) => code === 'ENOENT' || code === 'ECONNREFUSED',
    because: (address) => `nobody answers at ${address}`,
    advice: `start Docker, point DOCKER_HOST at a running engine, ${noEngineNeeded}`,
  },
  {
    when: ({ code }) => code === 'EACCES' || code === 'EPERM',
    because: (address) => `this user may not use ${address}`,
    advice: `join the group docker (and log in again), run as root, ${noEngineNeeded}`,
  },
  {
    when: ({ code, message }) => code === 'ABORT_ERR' || /abort|timed? ?out|no answer within/i.test(message),
    because: (address) => `${address} accepts the connection and does not answer`,
    advice: `restart the engine, ${noEngineNeeded}`,
  },
  {
    when: ({ message }) => /no space left on device|disk quota exceeded/i.test(message),
    because: () => 'its disk is full',
    advice: '`docker system df` shows what uses it, `docker system prune` frees what nobody uses',
  },
  {
    when: ({ message }) => /non-overlapping IPv4 address pool|could not find an available/i.test(message),
    because: () => 'it has no address range left for another network',
    advice: '`docker network prune` removes unused networks; `harness recover` those of killed runs',
  },
  {
    when: ({ message }) => /port is already allocated|address already in use/i.test(message),
    because: () => 'a port is taken',
    advice: 'leave --base-port out to have free ports found',
  },
  {
    when: ({ message }) => /executable file not found|no such file or directory: unknown/i.test(message),
    because: () => 'the image lacks what the node is started with',
    advice: 'the base image (--docker-base) must have Node.js 20.19 or newer as `node`',
  },
];

export function explainEngineError(error: unknown, happened: string, address: string): InfrastructureError {
  if (error instanceof InfrastructureError) return error;
  const facts = factsOf(error);
  const explanation = explanations.find(({ when }) => when(facts));
  const said = facts.message.trim();
  if (explanation === undefined) {
    return new InfrastructureError('deploy', `${happened}: ${said}`, '`docker info` and the log of the engine may say more', {
      cause: error,
    });
  }
  return new InfrastructureError('deploy', `${happened}: ${explanation.because(address)} (${said})`, explanation.advice, { cause: error });
}

export function statusOf(error: unknown): number | undefined {
  return factsOf(error).status;
}

function factsOf(error: unknown): Facts {
  const fields: { readonly code?: unknown; readonly statusCode?: unknown; readonly json?: unknown; readonly message?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  // What the engine itself said, without what the client puts before it.
  const answer: { readonly message?: unknown } = typeof fields.json === 'object' && fields.json !== null ? fields.json : {};
  const message = typeof answer.message === 'string' ? answer.message : typeof fields.message === 'string' ? fields.message : String(error);
  return {
    code: typeof fields.code === 'string' ? fields.code : undefined,
    status: typeof fields.statusCode === 'number' ? fields.statusCode : undefined,
    message,
  };
}
