/**
 * Bank: transfers move money, and neither make nor lose any: every read of all accounts has the same total, the same accounts, and no balance
 * below zero. A read that saw half of a transfer shows here (Berenson and others, "A Critique of ANSI SQL Isolation Levels", 1995: read skew).
 */
import type { CheckResult, RunEvidence } from '../harness/history/index.ts';
import type { Checker } from './checker.ts';
import { type Call, callsByKey, collectFindings, type Findings, invalidResult, ofKey, operationIndexes } from './evidence/index.ts';

const question = 'Does every read of all accounts show the same total, with no balance below zero?';
const functions: ReadonlySet<string> = new Set(['transfer', 'read']);
/** Where money comes in or goes out, totals tell nothing. */
const notTransfers: ReadonlySet<string> = new Set(['deposit', 'withdraw']);

export const bank: Checker = {
  name: 'bank',
  question,
  applies: ({ history }) => history.some(({ f }) => f === 'transfer'),
  check: checkBank,
};

interface Balances {
  readonly call: Call;
  readonly balances: ReadonlyMap<string, number>;
  readonly total: number;
}

export function checkBank({ history }: RunEvidence): CheckResult {
  const findings = collectFindings();
  const otherwise = history.some(({ f }) => notTransfers.has(f));
  const examined = { reads: 0, transfers: 0, accounts: 0 };
  for (const [key, calls] of callsByKey(history, functions)) {
    const transfers = calls.filter(({ invocation, completion }) => invocation.f === 'transfer' && completion?.type === 'ok').length;
    if (!calls.some(({ invocation }) => invocation.f === 'transfer')) continue;
    const reads = calls.flatMap(balancesOf);
    examined.transfers += transfers;
    examined.reads += reads.length;
    examined.accounts = Math.max(examined.accounts, ...reads.slice(0, 1).map(({ balances }) => balances.size));
    if (!otherwise) checkReads(key, reads, findings);
  }
  if (findings.total > 0) return invalidResult(question, findings, examined);
  const result = (verdict: CheckResult['verdict'], summary: string): CheckResult => ({
    verdict,
    question,
    summary,
    examined,
    evidence: [],
  });
  if (otherwise) return result('unknown', 'Money was paid in or out, so the total need not stay the same.');
  if (examined.reads < 2 || examined.transfers === 0)
    return result(
      'unknown',
      `${examined.transfers} transfers and ${examined.reads} reads of all accounts were acknowledged, too few to compare.`,
    );
  return result(
    'valid',
    `All ${examined.reads} reads of ${examined.accounts} accounts show the same total, whatever ${examined.transfers} transfers moved.`,
  );
}

function balancesOf(call: Call): readonly Balances[] {
  const { invocation, completion } = call;
  if (invocation.f !== 'read' || completion?.type !== 'ok') return [];
  const { value } = completion;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const balances = new Map<string, number>();
  for (const [account, balance] of Object.entries(value)) balances.set(account, typeof balance === 'number' ? balance : Number.NaN);
  return [{ call, balances, total: [...balances.values()].reduce((sum, balance) => sum + balance, 0) }];
}

/** The total that most reads show is taken for the true one: nobody said what it was. */
function checkReads(key: string, reads: readonly Balances[], findings: Findings): void {
  const usualTotal = mostFrequent(reads.map(({ total }) => total));
  const usualAccounts = mostFrequent(reads.map(accountsOf));
  for (const read of reads) {
    const { call, balances, total } = read;
    const data = { balances: Object.fromEntries(balances), total, ...(key === '' ? {} : { key }) };
    const found = (clause: string, summary: string): void =>
      findings.violation(clause, { summary, operations: operationIndexes(call), data });
    const unreadable = [...balances].find(([, balance]) => !Number.isFinite(balance));
    const negative = [...balances].find(([, balance]) => balance < 0);
    if (unreadable !== undefined) found('balance-missing', `A read${ofKey(key)} shows no balance for account ${unreadable[0]}.`);
    else if (usualAccounts !== undefined && accountsOf(read) !== usualAccounts)
      found('accounts-differ', `A read${ofKey(key)} shows the accounts ${accountsOf(read)}, others ${usualAccounts}.`);
    else if (usualTotal !== undefined && total !== usualTotal)
      found('wrong-total', `A read${ofKey(key)} shows a total of ${total}, others of ${usualTotal}.`);
    if (negative !== undefined) found('negative-balance', `A read${ofKey(key)} shows account ${negative[0]} with ${negative[1]}.`);
  }
}

function accountsOf({ balances }: Balances): string {
  return [...balances.keys()].sort().join(', ');
}

function mostFrequent<Value>(values: readonly Value[]): Value | undefined {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: Value | undefined;
  for (const [value, count] of counts) if (best === undefined || count > (counts.get(best) ?? 0)) best = value;
  return best;
}
