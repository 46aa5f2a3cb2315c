/** One node's container through all its lives. Verbs take effect one after the other; nodes never wait for each other. */
import type Docker from 'dockerode';
import type { NodeStatus } from '../types.ts';
import { statusOf } from './engine-error.ts';
import { runScript } from './exec.ts';
import { describeExit } from './exit.ts';

export interface Life {
  readonly pid: number;
  /** Settles when the process has ended; rejects when the engine can't be asked any more. */
  readonly exited: Promise<string>;
}

export interface NodeContainerEvents {
  /** The driver was asked for it, or not. Awaited before anybody else learns of it. */
  exited(exit: { readonly pid: number; readonly exit: string; readonly expected: boolean }): Promise<void>;
  /** The engine can't be asked any more. */
  lost(reason: unknown): void;
}

export class NodeContainer {
  readonly container: Docker.Container;
  readonly #memoryMb: number | undefined;
  readonly #events: NodeContainerEvents;
  #life: Life | undefined;
  #ending = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(container: Docker.Container, memoryMb: number | undefined, events: NodeContainerEvents) {
    this.container = container;
    this.#memoryMb = memoryMb;
    this.#events = events;
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#launch());
  }

  /** SIGTERM, grace, SIGKILL; a paused container is resumed with the signal already waiting for it. */
  stop(graceMs: number): Promise<void> {
    return this.#inTurn(() => this.#end(() => this.container.stop({ t: Math.ceil(graceMs / 1000) })));
  }

  kill(): Promise<void> {
    // At once, even if a stop is in its grace period. What the queue holds then finds a process that is gone.
    this.#ending = true;
    const killed = ignoring([404, 409], this.container.kill({ signal: 'SIGKILL' }));
    return this.#inTurn(() => this.#end(() => killed));
  }

  restart(graceMs: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end(() => this.container.stop({ t: Math.ceil(graceMs / 1000) }));
      await this.#launch();
    });
  }

  pause(): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.#inspect())?.State.Paused === true) return;
      await this.container.pause();
    });
  }

  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.#inspect())?.State.Paused === true) await this.container.unpause();
    });
  }

  /** As root. `undefined` where nothing can run now: paused, or not running. */
  async run(script: string): Promise<string | undefined> {
    try {
      return await runScript(this.container, script);
    } catch (error) {
      const state = (await this.#inspect())?.State;
      if (state === undefined || !state.Running || state.Paused) return undefined;
      throw error;
    }
  }

  async status(): Promise<NodeStatus> {
    const found = await this.#inspect();
    if (found === undefined || found.State.Status === 'created') return { state: 'absent' };
    const { State } = found;
    const pid = this.#life === undefined ? {} : { pid: this.#life.pid };
    if (State.Paused) return { state: 'paused', ...pid };
    if (State.Running) return { state: 'running', pid: State.Pid };
    // Only once everybody was told: the log is there by then.
    const exit = await this.#life?.exited;
    return { state: 'exited', ...pid, ...(exit === undefined ? {} : { exit }) };
  }

  /** Takes on a container that runs already. */
  adopt(): Promise<void> {
    return this.#inTurn(async () => this.#watch((await this.container.inspect()).State.Pid));
  }

  async #launch(): Promise<void> {
    this.#ending = false;
    await this.container.start();
    this.#watch((await this.container.inspect()).State.Pid);
  }

  #watch(pid: number): void {
    const exited = this.#ended(pid);
    this.#life = { pid, exited };
    exited.catch((reason: unknown) => this.#events.lost(reason));
  }

  async #ended(pid: number): Promise<string> {
    const { StatusCode } = (await this.container.wait({ condition: 'not-running' })) as { readonly StatusCode: number };
    const found = await this.#inspect();
    const exit = describeExit({ ExitCode: StatusCode, OOMKilled: found?.State.OOMKilled ?? false }, this.#memoryMb);
    await this.#events.exited({ pid, exit, expected: this.#ending });
    return exit;
  }

  /** Resolves once the process is gone and the exit is known. */
  async #end(how: () => Promise<unknown>): Promise<void> {
    if (this.#life === undefined) return;
    if ((await this.#inspect())?.State.Running === true) this.#ending = true;
    // 304: it was stopped already. 404 and 409: it went meanwhile.
    await ignoring([304, 404, 409], how());
    await this.#life.exited;
  }

  async #inspect(): Promise<Docker.ContainerInspectInfo | undefined> {
    try {
      return await this.container.inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  #inTurn(verb: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(verb, verb);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

async function ignoring(statuses: readonly number[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
