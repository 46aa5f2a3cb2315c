import { describe, expect, it } from 'vitest';
import type { Nemesis, NemesisContext, PlannedFault } from '../../nemesis/index.ts';
import { createRecorder, type FaultRecord } from '../history/index.ts';
import { type FaultRunnerOptions, runFaults } from './fault-runner.ts';

const planned = (nemesis: string, number = 1): PlannedFault => ({ id: `${nemesis}-${number}`, nemesis, atMs: 0, options: {} });

function nemesisOf(name: string, inject: Nemesis['inject']): Nemesis {
  return { name, description: '', provenBy: '', options: {}, colour: '', typicalDurationMs: () => 0, inject };
}

function recordOf(fault: PlannedFault): FaultRecord {
  return { id: fault.id, nemesis: fault.nemesis, targets: ['order-1'], startedAt: 0, healedAt: 1, proofs: [], facts: {} };
}

/** Runs the faults against planes and clocks of no account. */
function run(faults: readonly PlannedFault[], nemeses: readonly Nemesis[], overrides: Partial<FaultRunnerOptions> = {}) {
  let time = 0;
  const rules = new Set<unknown>();
  const complaints: string[] = [];
  const context = {
    now: () => time++,
    note: () => undefined,
    plane: {
      addRule: (rule: unknown) => {
        rules.add(rule);
        return () => rules.delete(rule);
      },
      onTraffic: () => () => undefined,
    },
  } as unknown as NemesisContext;
  const recorder = createRecorder({ now: () => time++ });
  const active = new Set<string>();
  const records = runFaults({
    faults,
    nemeses: new Map(nemeses.map((nemesis) => [nemesis.name, nemesis])),
    contextFor: () => context,
    recorder,
    waitUntil: () => Promise.resolve(),
    hasTimeFor: () => true,
    limitsOf: () => ({ limitMs: 60_000, graceMs: 60_000 }),
    healthy: () => Promise.resolve(),
    onUnhealthy: (fault, reason) => complaints.push(`${fault}: ${reason}`),
    active,
    signal: new AbortController().signal,
    ...overrides,
  });
  return { records, recorder, active, rules, complaints };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

describe('runFaults', () => {
  it('writes each fault into the history when it begins and when it is healed', async () => {
    const { records, recorder, active } = run([planned('pause')], [nemesisOf('pause', async (fault) => recordOf(fault))]);
    expect(await records).toEqual([recordOf(planned('pause'))]);
    expect(recorder.operations.map(({ process, type, value }) => [process, type, (value as { phase: string }).phase])).toEqual([
      ['nemesis', 'info', 'inject'],
      ['nemesis', 'info', 'heal'],
    ]);
    expect(active.size).toBe(0);
  });

  it('does not call a fault healed that threw: nobody said so', async () => {
    const { records } = run([planned('pause')], [nemesisOf('pause', () => Promise.reject(new Error('no such process')))]);
    const [record] = await records;
    expect(record).not.toHaveProperty('healedAt');
    expect(record?.proofs).toEqual([{ claim: 'the fault was carried through', holds: false, detail: 'no such process' }]);
  });

  it('removes the rules that a fault left at the proxies, and then does not believe that it healed', async () => {
    const forgetful = nemesisOf('latency', async (fault, { plane }) => {
      plane.addRule({ id: fault.id, decide: () => undefined });
      return recordOf(fault);
    });
    const { records, rules } = run([planned('latency')], [forgetful]);
    const [record] = await records;
    expect(rules.size).toBe(0);
    expect(record).not.toHaveProperty('healedAt');
    expect(record?.proofs).toContainEqual(expect.objectContaining({ holds: false }));
  });

  it('says so when the pipeline is not well again after a healed fault, and goes on', async () => {
    const { records, complaints } = run(
      [planned('pause', 1), planned('pause', 2)],
      [nemesisOf('pause', async (fault) => recordOf(fault))],
      { healthy: () => Promise.reject(new Error('order-1 was not ready')) },
    );
    expect(await records).toHaveLength(2);
    expect(complaints).toEqual(['pause-1: order-1 was not ready', 'pause-2: order-1 was not ready']);
  });

  it('complains of nothing when the run itself was stopped meanwhile', async () => {
    const stop = new AbortController();
    const { records, complaints } = run(
      [planned('pause', 1), planned('pause', 2)],
      [nemesisOf('pause', async (fault) => recordOf(fault))],
      {
        signal: stop.signal,
        healthy: () => {
          stop.abort(new Error('the load has ended'));
          return Promise.reject(new Error('the load has ended'));
        },
      },
    );
    expect(await records).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it('lets every other nemesis heal before it fails itself', async () => {
    let healed = false;
    const slow = nemesisOf('partition', async (fault, _context, signal) => {
      await aborted(signal);
      await Promise.resolve();
      healed = true;
      return recordOf(fault);
    });
    const { records } = run([planned('partition'), planned('unknown')], [slow]);
    await expect(records).rejects.toThrow('unknown, which is not registered');
    expect(healed).toBe(true);
  });

  it('begins no fault that the end of the load would cut off, nor one of that nemesis after it', async () => {
    const injected: string[] = [];
    const pause = nemesisOf('pause', async (fault) => {
      injected.push(fault.id);
      return recordOf(fault);
    });
    const { records } = run([planned('pause', 1), planned('pause', 2), planned('pause', 3)], [pause], {
      hasTimeFor: ({ id }) => id !== 'pause-2',
    });
    expect(await records).toHaveLength(1);
    expect(injected).toEqual(['pause-1']);
  });

  it('stops a fault that does not end, and takes its proof for none', async () => {
    const pause = nemesisOf('pause', async (fault, _context, signal) => {
      await aborted(signal);
      return { ...recordOf(fault), proofs: [{ claim: 'it was paused', holds: true }] };
    });
    const { records } = run([planned('pause')], [pause], { limitsOf: () => ({ limitMs: 1, graceMs: 60_000 }) });
    const [record] = await records;
    expect(record?.healedAt).toBe(1);
    expect(record?.proofs.at(-1)).toMatchObject({ claim: 'the fault ended in time', holds: false });
  });

  it('gives up a fault that does not even heal: it is not called healed, its rules are gone, and the next one begins', async () => {
    const hang = nemesisOf('hang', async (_fault, { plane }) => {
      plane.addRule({ id: 'left', decide: () => undefined });
      return new Promise<FaultRecord>(() => undefined);
    });
    const { records, rules, active } = run([planned('hang', 1), planned('hang', 2)], [hang], {
      limitsOf: () => ({ limitMs: 1, graceMs: 1 }),
    });
    const both = await records;
    expect(both.map(({ healedAt }) => healedAt)).toEqual([undefined, undefined]);
    expect(both[0]?.proofs[0]).toMatchObject({ holds: false, detail: expect.stringContaining('given up') });
    expect(rules.size).toBe(0);
    expect(active.size).toBe(0);
  });
});
