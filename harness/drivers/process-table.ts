/**
 * What runs on this machine, read from /proc where there is one and from `ps` elsewhere.
 *
 * A process id alone names nobody: ids are reused. Together with the moment the process started it names one process for good.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Carried in the environment of every process of a run, and inherited by what those start. */
export const runIdVariable = 'SEAMPROOF_RUN_ID';

export interface ProcessView {
  readonly pid: number;
  /** Process group id. */
  readonly group: number;
  readonly state: 'running' | 'stopped' | 'dead';
  /** Opaque; only compared for equality with another one from the same kind of table. */
  readonly startTime: string;
  /** Does its environment, or its command line, carry this run's id? */
  belongsTo(runId: string): boolean;
}

export interface ProcessTable {
  /** `undefined`: there is no such process. */
  view(pid: number): ProcessView | undefined;
  all(): readonly ProcessView[];
}

export function systemProcessTable(): ProcessTable {
  return existsSync('/proc/self/stat') ? procTable : psTable;
}

// --- Linux: /proc ----------------------------------------------------------------------------------------------------------------

export const procTable: ProcessTable = {
  view: procView,
  all: () =>
    readdirSync('/proc')
      .filter((name) => /^[0-9]+$/.test(name))
      .map((name) => procView(Number(name)))
      .filter((view) => view !== undefined),
};

function procView(pid: number): ProcessView | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // proc(5): the second field is the command in parentheses and may itself contain anything; count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = ''] = fields;
  const startTicks = fields[19] ?? '';
  return {
    pid,
    group: Number(group),
    state: stateOf(state),
    // Ticks since boot recur after a reboot; the boot id makes them unique.
    startTime: `${bootId()}:${startTicks}`,
    belongsTo: (runId) => {
      const mark = `${runIdVariable}=${runId}`;
      return [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].some((file) => readIfThere(file)?.split('\0').includes(mark) === true);
    },
  };
}

function bootId(): string {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** Processes vanish while one looks at them, and others' environments are none of our business. Both read as "not there". */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

// --- Elsewhere: ps ---------------------------------------------------------------------------------------------------------------

const psDeadlineMs = 5_000;
const psLine = /^\s*([0-9]+)\s+([0-9]+)\s+([A-Za-z]\S*)\s+(\S+\s+\S+\s+[0-9]+\s+[0-9:]+\s+[0-9]+)\s(.*)$/;

export const psTable: ProcessTable = {
  view: (pid) => psViews('eww', '-p', String(pid))[0],
  all: () => psViews('axeww'),
};

function psViews(...selection: readonly string[]): readonly ProcessView[] {
  let output: string;
  try {
    // BSD's `e` appends the environment to the command line; `ww` keeps `ps` from cutting it.
    output = execFileSync('ps', [...selection, '-o', 'pid=,pgid=,stat=,lstart=,args='], {
      encoding: 'latin1',
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 256 * 1024 * 1024,
      timeout: psDeadlineMs,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    // `ps` exits with 1 when no process was selected.
    if (error instanceof Error && 'status' in error && error.status === 1) return [];
    throw error;
  }
  return output.split('\n').flatMap((line) => {
    const [, pid, group, state = '', startTime = '', command = ''] = psLine.exec(line) ?? [];
    if (pid === undefined || group === undefined) return [];
    const words = command.split(' ');
    return [
      {
        pid: Number(pid),
        group: Number(group),
        state: stateOf(state),
        startTime,
        belongsTo: (runId: string) => words.includes(`${runIdVariable}=${runId}`),
      },
    ];
  });
}

function stateOf(letters: string): ProcessView['state'] {
  switch (letters[0]) {
    case 'T':
    case 't':
      return 'stopped';
    case 'Z':
    case 'X':
    case 'x':
      return 'dead';
    default:
      return 'running';
  }
}
