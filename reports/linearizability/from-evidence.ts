/**
 * Finds a linearizability violation among a checker's evidence. What is read there, piece by piece:
 * the first violation names the impossible operation (and may say which results were `allowed`), the one with a `core` the contradiction, and
 * each context with an `order` a partial linearization. A piece that is missing leaves its part of the picture out.
 */
import { z } from 'zod';
import type { CheckResult } from '../../harness/history/index.ts';
import type { Contradiction } from './story.ts';

const indexes = z.array(z.number().int().nonnegative());
const impossibleData = z.object({ allowed: z.array(z.json()).optional() });
const coreData = z.object({ core: indexes, minimal: z.boolean().default(false), stateBefore: z.array(z.string()).default([]) });
const orderData = z.object({ order: indexes, state: z.string() });

export function contradictionIn(result: CheckResult): Contradiction | undefined {
  if (result.verdict !== 'invalid') return undefined;
  const [first] = result.evidence.filter(({ kind }) => kind === 'violation');
  const impossible = first?.operations?.[0];
  if (impossible === undefined) return undefined;
  const said = impossibleData.safeParse(first?.data ?? {});
  const minimal = result.evidence.flatMap(({ data, operations = [] }) => {
    const parsed = coreData.safeParse(data);
    return parsed.success ? [{ ...parsed.data, shown: operations }] : [];
  })[0];
  // A checker whose evidence names no contradiction is not this one, whatever it is called.
  if (minimal === undefined) return undefined;
  const core = new Set(minimal.core);
  return {
    impossible,
    core: minimal.core,
    context: minimal.shown.filter((index) => !core.has(index)),
    minimal: minimal.minimal,
    statesBefore: minimal.stateBefore,
    orders: result.evidence.flatMap(({ data }) => {
      const parsed = orderData.safeParse(data);
      return parsed.success ? [{ calls: parsed.data.order, state: parsed.data.state }] : [];
    }),
    ...(said.success && said.data.allowed !== undefined ? { allowed: said.data.allowed } : {}),
  };
}
