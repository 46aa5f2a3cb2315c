/**
 * What happened in a run that whoever reads its verdict must know: a node ended by itself, the run was stopped, the final reads failed. A
 * remark that spoils keeps the run from being called valid, by way of a checker that asks whether the run went as planned; it never
 * speaks against the pipeline, and never for it.
 */
import type { Checker } from '../../checkers/index.ts';
import type { Evidence } from '../history/index.ts';

export interface Remark {
  /** One sentence, without its full stop. */
  readonly text: string;
  /** Something went otherwise than planned, so that nobody can say that the pipeline was put to the test. */
  readonly spoils: boolean;
  /** The last a node printed, where that may say why. */
  readonly logLines?: Evidence['logLines'];
}

export interface Remarks {
  /** What was said before is not said again. */
  add(remark: Remark): void;
  readonly all: readonly Remark[];
}

export function createRemarks(onAdded: (remark: Remark) => void): Remarks {
  const all: Remark[] = [];
  return {
    add(remark) {
      if (all.some(({ text }) => text === remark.text)) return;
      all.push(remark);
      onAdded(remark);
    },
    all,
  };
}

const question = 'Did the run go as planned, with every node up that no fault took down?';

export function courseChecker(remarks: readonly Remark[]): Checker {
  const spoiling = remarks.filter(({ spoils }) => spoils);
  const result = {
    question,
    examined: { remarks: remarks.length, spoiling: spoiling.length },
    evidence: remarks.map(
      ({ text, logLines }): Evidence => ({ kind: 'context', summary: `${text}.`, ...(logLines === undefined ? {} : { logLines }) }),
    ),
  };
  return {
    name: 'course',
    question,
    subject: 'run',
    check: () =>
      spoiling.length === 0
        ? { ...result, verdict: 'valid', summary: 'Nothing happened that was not planned.' }
        : { ...result, verdict: 'unknown', summary: `${spoiling.map(({ text }) => text).join('; ')}.` },
  };
}
