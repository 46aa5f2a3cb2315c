/** Evidence as HTML: the sentence, then what it rests on. Log lines stand as the node printed them. */
import type { Evidence, Operation, RunEvidence, TrafficRecord } from '../../harness/history/index.ts';
import { resolveOperations, resolveTraffic } from '../evidence.ts';
import { clip, formatCount, formatInstant, formatLatency, formatValue } from '../text/format.ts';
import { html, type Markup } from './markup.ts';
import { prose } from './prose.ts';

const shownRecords = 30;
const maxLineCharacters = 4_000;
const kindLabels: Readonly<Record<Evidence['kind'], string>> = { violation: 'Violation', proof: 'Proof', context: 'Context' };

export function evidenceBlock(evidence: Evidence, run: RunEvidence): Markup {
  return html`<article class="evidence ${evidence.kind}">
<p class="claim"><span class="tag">${kindLabels[evidence.kind]}</span> ${prose(evidence.summary)}</p>
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
  return html`<div class="log"><span class="node">${node}</span><pre>${fieldsOf(clip(line, maxLineCharacters))}</pre></div>`;
}

const afterSeparator = /(?<=[,\s])/;
const tokenField = /("?\b(?:token|highest)"?\s*[:=]\s*"?\d+"?)/;

/** Nothing of the line changes, but it breaks between fields rather than within them, and the two numbers the eye looks for are marked. */
export function fieldsOf(line: string): readonly Markup[] {
  return line
    .split(afterSeparator)
    .map(
      (field) =>
        html`<span>${field.split(tokenField).map((part, position) => (position % 2 === 1 ? html`<mark>${part}</mark>` : html`${part}`))}</span>`,
    );
}

function operationTable(operations: readonly Operation[]): Markup {
  return html`<div class="scroll" tabindex="0"><table class="records">
<caption>Operations of the history</caption>
<thead><tr><th scope="col">#</th><th scope="col">time</th><th scope="col">process</th><th scope="col">type</th><th scope="col">function</th><th scope="col">key</th><th scope="col">value or error</th></tr></thead>
<tbody>${operations.map(
    (
      operation,
    ) => html`<tr><td>${operation.index}</td><td>${formatInstant(operation.time)}</td><td>${operation.process}</td><td><span class="outcome ${operation.type}">${operation.type}</span></td><td>${operation.f}</td><td>${operation.key}</td><td class="mono">${
      operation.error === undefined ? formatValue(operation.value ?? undefined) : `${operation.error.code}: ${operation.error.message}`
    }</td></tr>
`,
  )}</tbody></table></div>`;
}

function trafficTable(calls: readonly TrafficRecord[]): Markup {
  return html`<div class="scroll" tabindex="0"><table class="records">
<caption>Physical calls, as the proxies saw them</caption>
<thead><tr><th scope="col">call</th><th scope="col">edge</th><th scope="col">answer</th><th scope="col">token</th><th scope="col">attempt</th><th scope="col">delivered at</th><th scope="col">took</th><th scope="col">key</th><th scope="col">request</th></tr></thead>
<tbody>${calls.map(
    (
      call,
    ) => html`<tr><td>${call.id}</td><td>${call.edge}</td><td>${call.status ?? call.outcome} ${call.problem}</td><td>${call.fencingToken}</td><td>${call.attempt}</td><td>${
      call.forwardedAt === undefined ? 'never' : formatInstant(call.forwardedAt)
    }</td><td>${formatLatency(call.endedAt - call.receivedAt)}</td><td>${call.idempotencyKey ?? call.key}</td><td class="mono">${call.method} ${call.path}</td></tr>
`,
  )}</tbody></table></div>`;
}

function fieldTable(data: Readonly<Record<string, unknown>>): Markup {
  return html`<dl class="fields">${Object.entries(data).map(
    ([field, value]) => html`<div><dt>${field}</dt><dd class="mono">${fieldsOf(formatValue(value, maxLineCharacters))}</dd></div>`,
  )}</dl>`;
}
