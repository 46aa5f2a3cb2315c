/** What a command is: its place in the help, its flags, and what it does. One file each in `commands/`, one line in `command-line.ts`. */
import type { Catalogue } from '../config/index.ts';
import type { RunIo } from '../run/io.ts';

export interface Flag {
  readonly name: string;
  /** Heading in the help. */
  readonly group: string;
  readonly kind: 'switch' | 'value' | 'list';
  /** Stands for the value in help. */
  readonly placeholder?: string;
  readonly description: string;
  readonly defaultText?: string;
}

export interface Example {
  readonly line: string;
  readonly explanation: string;
}

/** Everything a command may touch outside itself. */
export interface Session {
  readonly io: RunIo;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly loadCatalogue: () => Promise<Catalogue>;
}

/** As yargs read them: by flag or positional name, given several times as an array. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface Command {
  readonly name: string;
  /** Positionals as yargs writes them: `<required>`, `[optional]`. */
  readonly positionals: string;
  /** One sentence. */
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly Example[];
  /** While it runs there are nodes to heal and stop: an interruption must wait for that. */
  readonly ownsNodes?: true;
  run(args: Arguments, session: Session): Promise<number>;
}
