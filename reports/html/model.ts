/** What every section draws from, worked out once: the time axis, the client operations by column, the fault bands. */
import { second, type TimeAxis, timeAxis } from '../aggregate/axis.ts';
import { type ClientOperations, clientOperations } from '../aggregate/operations.ts';
import type { Table } from '../aggregate/table.ts';
import type { ReportInput } from '../types.ts';

export interface FaultBand {
  /** 1 for the first fault; stands on the band in the graphs and in the list of faults. */
  readonly number: number;
  readonly id: string;
  readonly nemesis: string;
  readonly from: number;
  readonly to: number;
  /** A CSS colour; one a nemesis. */
  readonly colour: string;
}

export interface ReportModel {
  readonly input: ReportInput;
  readonly operations: ClientOperations;
  /** `undefined` when nothing happened, and then there is nothing to draw over time. */
  readonly axis: TimeAxis | undefined;
  readonly bands: readonly FaultBand[];
  readonly bandTable: Table;
  readonly cleanTable: Table;
}

const maxBins = 400;
const bandColours = 5;

export function reportModel(input: ReportInput): ReportModel {
  const { evidence } = input;
  const axis = timeAxis(evidence, maxBins);
  const bands = faultBands(input, axis?.toNs ?? 0);
  const clean = evidence.windows.filter(({ name }) => name === 'clean-before' || name === 'clean-after');
  return {
    input,
    operations: clientOperations(evidence.history),
    axis,
    bands,
    bandTable: {
      number: bands.map(({ number }) => String(number)),
      fault: bands.map(({ id }) => id),
      from: bands.map(({ from }) => from),
      to: bands.map(({ to }) => to),
      colour: bands.map(({ colour }) => colour),
    },
    cleanTable: { from: clean.map(({ from }) => from / second), to: clean.map(({ to }) => to / second) },
  };
}

/** In the order they began. A fault that was never healed lasts to the end. */
function faultBands({ evidence }: ReportInput, endNs: number): readonly FaultBand[] {
  const nemeses = [...new Set(evidence.faults.map(({ nemesis }) => nemesis))];
  return [...evidence.faults]
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ id, nemesis, startedAt, healedAt }, position) => ({
      number: position + 1,
      id,
      nemesis,
      from: startedAt / second,
      to: (healedAt ?? Math.max(startedAt, endNs)) / second,
      colour: `var(--band-${1 + (nemeses.indexOf(nemesis) % bandColours)})`,
    }));
}
