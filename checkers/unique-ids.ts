/**
 * Unique ids: no id is given out twice. Asked of `generate`, whose whole purpose it is, and of orders: two customers must not be told of one
 * order, though one customer who asks twice with the same key must.
 */
import type { CheckResult, Operation, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { type Call, collectFindings, type Findings, invalidResult, operationIndexes, orderCalls, pairCalls } from './evidence/index.ts';
import { canonical } from './models/canonical.ts';

const question = 'Was every id given out once?';

export const uniqueIds: Checker = {
  name: 'unique-ids',
  question,
  applies: ({ history }) => history.some(generates),
  check: checkUniqueIds,
};

function generates({ f }: Operation): boolean {
  return f === 'generate';
}

export function checkUniqueIds({ history }: RunEvidence): CheckResult {
  const findings = collectFindings();
  const generated = pairCalls(history).filter(({ invocation, completion }) => generates(invocation) && completion?.type === 'ok');
  checkGenerated(generated, findings);
  const orders = checkOrders(history, findings);
  const examined = { generated: generated.length, orders };
  if (findings.total > 0) return invalidResult(question, findings, examined);
  const none = generated.length === 0;
  const summary = none ? 'No id was generated.' : `All ${generated.length} ids are different.`;
  return { verdict: none ? 'unknown' : 'valid', question, summary, examined, evidence: [] };
}

function checkGenerated(calls: readonly Call[], findings: Findings): void {
  const firsts = new Map<string, Call>();
  for (const call of calls) {
    const id = canonical(call.completion?.value);
    const first = firsts.get(id);
    if (first === undefined) {
      firsts.set(id, call);
      continue;
    }
    findings.violation('id-given-twice', {
      summary: `Id ${id} was given out twice.`,
      operations: operationIndexes(first, call),
      data: { id: call.completion?.value },
    });
  }
}

/** Returns how many orders were told of. */
function checkOrders(history: readonly Operation[], findings: Findings): number {
  const firsts = new Map<string, ReturnType<typeof orderCalls>[number]>();
  for (const call of orderCalls(history)) {
    const { f, orderId, idempotencyKey, completion } = call;
    if (f !== 'place-order' || completion?.type !== 'ok' || orderId === undefined || idempotencyKey === undefined) continue;
    const first = firsts.get(orderId);
    if (first === undefined) firsts.set(orderId, call);
    else if (first.idempotencyKey !== idempotencyKey) {
      findings.violation('order-given-twice', {
        summary: `Order ${orderId} was given to two placements, ${first.idempotencyKey} and ${idempotencyKey}.`,
        operations: operationIndexes(first, call),
        data: { orderId, idempotencyKeys: [first.idempotencyKey, idempotencyKey] },
      });
    }
  }
  return firsts.size;
}
