/** What a session holds open from its first moment to its last: where nodes run, what their calls go through, and the files of evidence. */
import path from 'node:path';
import { createDriver, openJournal, type RunDriver } from '../drivers/index.ts';
import { createRecorder, type JsonLinesFile, openJsonLines, type Recorder } from '../history/index.ts';
import { createProxyPlane, type ProxyPlane } from '../proxy/index.ts';
import { type EvidenceWatch, watchEvidence } from './evidence-watch.ts';
import { runFiles } from './saved-run.ts';
import type { SessionOptions } from './session-options.ts';

export interface Apparatus {
  readonly driver: RunDriver;
  readonly plane: ProxyPlane;
  readonly recorder: Recorder;
  readonly traffic: JsonLinesFile;
  readonly signals: JsonLinesFile;
  readonly evidence: EvidenceWatch;
}

export function openApparatus({
  config,
  runDirectory,
  clock,
  target,
  signal,
  observer,
}: Pick<SessionOptions, 'config' | 'runDirectory' | 'clock' | 'target' | 'signal' | 'observer'>): Apparatus {
  const file = (name: string): string => path.join(runDirectory, name);
  const evidence = watchEvidence(signal);
  const driver = createDriver(config, { runDirectory, journal: openJournal(runDirectory), note: observer.note });
  driver.onLost((reason) => evidence.lose(reason));
  const traffic = openJsonLines(file(runFiles.traffic));
  const plane = createProxyPlane({
    now: clock.now,
    classify: target.classify,
    ...(target.headerNames === undefined ? {} : { headerNames: target.headerNames }),
    onRecord: (record) => evidence.keep(() => traffic.append(record)),
  });
  const recorder = createRecorder({ path: file(runFiles.history), now: clock.now });
  const signals = openJsonLines(file(runFiles.signals));
  return { driver, plane, recorder, traffic, signals, evidence };
}

/** Stops and closes all of it, one after the other and whatever happens, so that nothing that fails keeps the rest from being stopped and kept. */
export async function closeApparatus({ driver, plane, recorder, traffic, signals, evidence }: Apparatus): Promise<{
  readonly leftovers: readonly string[];
  readonly failures: readonly unknown[];
}> {
  const failures: unknown[] = [];
  const leftovers = await driver.dispose().catch((error: unknown) => {
    failures.push(error);
    return [];
  });
  try {
    // Nodes may have been lost when all phases were over: then their logs are missing.
    evidence.throwIfLost();
  } catch (error) {
    failures.push(error);
  }
  for (const part of [plane, traffic, signals, recorder]) await part.close().catch((error: unknown) => failures.push(error));
  evidence.stop();
  return { leftovers, failures };
}
