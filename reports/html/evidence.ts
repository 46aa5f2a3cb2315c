/** Evidence as HTML: the sentence, then what it rests on. Log lines stand as the node printed them. */
import type { Evidence, Operation, RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import { resolveOperations, resolveTraffic } from '../evidence.ts';
import { clip, formatCount, formatInstant, formatLatency, formatValue } from '../text/format.ts';
import { html, type Markup } from './markup.ts';

const shownRecords = 30;
const maxLineCharacters = 4_000;
const kindLabels: Readonly<Record<Evidence['kind'], string>> = { violation: 'Violation', proof: 'Proof', context: 'Context' };

export function evidenceBlock(evidence: Evidence, run: RunEvidence): Markup {
  return html`<article class="evidence ${evidence.kind}">
<p class="claim"><span class="tag">${kindLabels[evidence.kind]}</span> ${evidence.summary}</p>
${evidenceDetails(evidence, run)}</article>
`;
}

export function evidenceDetails(evidence: Evidence, run: RunEvidence): Markup {
  const operations = resolveOperations(evidence, run, shownRecords);
  const traffic = resolveTraffic(evidence, run, shownRecords);
  const lines = evidence.logLines ?? [];
  return html`${lines.slice(0, shownRecords).map(({ node, line }) => logLine(node, line))}${more(lines.length - shownRecords, 'log lines')}${
    operations.records.length === 0 ? undefined : operationTable(operations.records)
  }${more(operations.omitted, 'operations')}${traffic.records.length === 0 ? undefined : trafficTable(traffic.records)}${more(traffic.omitted, 'calls')}${
    evidence.data === undefined ? undefined : fieldTable(evidence.data)
  }`;
}

function more(count: number, what: string): Markup | undefined {
  return count > 0 ? html`<p class="quiet">and ${formatCount(count)} more ${what} in the run’s files</p>` : undefined;
}

export function logLine(node: string, line: string): Markup {
  return html`<div class="log"><span class="node">${node}</span><pre>${markTokens(clip(line, maxLineCharacters))}</pre></div>`;
}

const tokenField = /("?\b(?:token|highest)"?\s*[:=]\s*"?\d+"?)/g;

/** Nothing of the line changes; the two numbers the eye looks for are marked. */
function markTokens(line: string): readonly Markup[] {
  return line.split(tokenField).map((part, position) => (position % 2 === 1 ? html`<mark>${part}</mark>` : html`${part}`));
}

function operationTable(operations: readonly Operation[]): Markup {
  return html`<div class="scroll" tabindex="0"><table>
<caption>Operations of the history</caption>
<thead><tr><th scope="col">#</th><th scope="col">time</th><th scope="col">process</th><th scope="col">type</th><th scope="col">function</th><th scope="col">key</th><th scope="col">value or error</th></tr></thead>
<tbody>${operations.map(
    (operation) => html`<tr><td>${operation.index}</td><td>${formatInstant(operation.time)}</td><td>${operation.process}</td><td><span class="outcome ${operation.type}">${operation.type}</span></td><td>${operation.f}</td><td>${operation.key}</td><td class="mono">${
      operation.error === undefined ? formatValue(operation.value ?? undefined) : `${operation.error.code}: ${operation.error.message}`
    }</td></tr>
`,
  )}</tbody></table></div>`;
}

function trafficTable(calls: readonly TrafficRecord[]): Markup {
  return html`<div class="scroll" tabindex="0"><table>
<caption>Physical calls, as the proxies saw them</caption>
<thead><tr><th scope="col">call</th><th scope="col">edge</th><th scope="col">request</th><th scope="col">key</th><th scope="col">token</th><th scope="col">attempt</th><th scope="col">handed over</th><th scope="col">took</th><th scope="col">answer</th></tr></thead>
<tbody>${calls.map(
    (call) => html`<tr><td>${call.id}</td><td>${call.edge}</td><td class="mono">${call.method} ${call.path}</td><td>${call.idempotencyKey ?? call.key}</td><td>${call.fencingToken}</td><td>${call.attempt}</td><td>${
      call.forwardedAt === undefined ? 'never' : formatInstant(call.forwardedAt)
    }</td><td>${formatLatency(call.endedAt - call.receivedAt)}</td><td>${call.status ?? call.outcome} ${call.problem}</td></tr>
`,
  )}</tbody></table></div>`;
}

function fieldTable(data: Readonly<Record<string, unknown>>): Markup {
  return html`<dl class="fields">${Object.entries(data).map(
    ([field, value]) => html`<div><dt>${field}</dt><dd class="mono">${formatValue(value, maxLineCharacters)}</dd></div>`,
  )}</dl>`;
}
