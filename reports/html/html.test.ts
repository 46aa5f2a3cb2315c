import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fixtureInput } from '../support/fixture.ts';
import { hostile, smallInput, smallResult } from '../support/small.ts';
import type { ReportInput } from '../types.ts';
import { escapeHtml, html, scriptJson } from './markup.ts';
import { reportPage } from './page.ts';
import { askedTwice } from './proofs/asked-twice.ts';
import { staleWrites } from './proofs/stale-write.ts';

const client = { script: 'document.title', style: 'body{}' };

describe('html', () => {
  it('escapes what is interpolated, in text and in attributes, and lets only its own markup through', () => {
    expect(String(html`<p title="${'"><'}">${'<b>'}${html`<i>${'&'}</i>`}</p>`)).toBe(
      '<p title="&quot;&gt;&lt;">&lt;b&gt;<i>&amp;</i></p>',
    );
    const forged = JSON.parse('["<b>"]') as never;
    expect(String(html`${forged}`)).toBe('&lt;b&gt;');
  });

  it('has no dangerous character left after escaping', () => {
    expect(escapeHtml(hostile)).not.toMatch(/[<>"'\0]/);
  });

  it('writes JSON that cannot end its script element and reads back the same', () => {
    const text = scriptJson({ hostile });
    expect(text).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual({ hostile });
  });
});

describe('the page', () => {
  it('allows exactly the script it carries', () => {
    const page = reportPage(smallInput({ a: smallResult() }), client);
    const digest = createHash('sha256').update(client.script).digest('base64');
    expect(page).toContain(`default-src 'none'; script-src 'sha256-${digest}'; style-src 'unsafe-inline'`);
    expect(page).not.toContain('unsafe-eval');
    expect(page).toContain(`<script>${client.script}</script>`);
  });

  it('refuses a script that would end its own element', () => {
    expect(() => reportPage(smallInput({}), { ...client, script: '"</script>"' })).toThrow(/end its own element/);
  });

  it('says beside the verdict what happened that was not planned, and what load was never offered', () => {
    const run = { remarks: [`order-3 ended by itself ${hostile}`], stats: { ops: {}, opsPerSecond: 0, missed: 1234 } };
    const page = reportPage(smallInput({ a: smallResult() }, { run }), client);
    expect(page).toContain('aria-label="Remarks"><li><span class="whole">order-3</span> ended by itself &lt;/script&gt;');
    expect(page).toContain('<dt>Missed arrivals</dt><dd>1,234</dd>');
  });

  it('leaves out the sections that a run has no evidence for', () => {
    const page = reportPage(smallInput({ a: smallResult() }), client);
    expect(sectionIds(page)).toEqual(['checkers', 'reproduce']);
    const full = reportPage(fixtureInput({ seed: 3, outcome: 'valid', seconds: 45, ratePerSecond: 20 }), client);
    expect(sectionIds(full)).toEqual(['checkers', 'proofs', 'load', 'latency', 'signals', 'reproduce']);
    const blind = fixtureInput({ seed: 3, outcome: 'valid', seconds: 45, ratePerSecond: 20 });
    const unseen = reportPage({ ...blind, evidence: { ...blind.evidence, signals: [], faults: [] } }, client);
    expect(sectionIds(unseen)).toEqual(['checkers', 'proofs', 'load', 'latency', 'reproduce']);
  });

  it('is the same for the same run', () => {
    const input = (): ReportInput => fixtureInput({ seed: 9, outcome: 'valid', seconds: 45, ratePerSecond: 20 });
    expect(reportPage(input(), client)).toBe(reportPage(input(), client));
  });

  it('never shows an unknown run as one that passed', () => {
    const page = reportPage(fixtureInput({ seed: 3, outcome: 'unknown', seconds: 45, ratePerSecond: 20 }), client);
    expect(page).toContain('<section class="hero unknown"');
    expect(page).toContain('The storm never pushed goodput below its baseline');
  });

  it('hardly grows with the number of operations: it embeds bins and cells, not operations', () => {
    const size = (ratePerSecond: number): number =>
      Buffer.byteLength(reportPage(fixtureInput({ seed: 5, outcome: 'valid', seconds: 300, ratePerSecond }), client));
    const [few, many] = [size(30), size(300)];
    expect(many).toBeLessThan(1.6 * few);
    // With the bundled script, less than half a megabyte, this leaves 300 seconds well under 3 MB.
    expect(many).toBeLessThan(1_000_000);
  });
});

describe('the story of a paused leader', () => {
  const { evidence } = fixtureInput({ seed: 3, outcome: 'invalid', seconds: 75, ratePerSecond: 5 });

  it('sets each replica’s refusal beside what it holds in the end', () => {
    const [story] = staleWrites(evidence);
    expect(story?.facts).toMatchObject({ oldToken: 7, newToken: 8 });
    expect(
      story?.replicas.map(({ replica, refusal, status, answer, holding }) => [replica, refusal?.fields['token'], status, answer, holding]),
    ).toEqual([
      ['replica-1', 7, 412, 'refused', 'successor'],
      ['replica-2', undefined, 200, 'accepted', 'stale'],
      ['replica-3', 7, 412, 'refused', 'successor'],
    ]);
    expect(story?.arrivedAt).toBeGreaterThan(story?.facts.releasedAt ?? Number.POSITIVE_INFINITY);
  });

  it('is not told when no stale write arrived: nothing was proven', () => {
    expect(staleWrites({ ...evidence, logs: [], traffic: [] })).toEqual([]);
  });

  it('is not told from facts that are incomplete', () => {
    const faults = evidence.faults.map((fault) => ({ ...fault, facts: { oldLeader: 'order-1' } }));
    expect(staleWrites({ ...evidence, faults })).toEqual([]);
  });

  it('takes refusals of another scope or token for what they are', () => {
    const logs = evidence.logs.map((log) => ({ ...log, fields: { ...log.fields, scope: 'lease/other' } }));
    expect(staleWrites({ ...evidence, logs })[0]?.replicas.every(({ refusal }) => refusal === undefined)).toBe(true);
  });

  it('calls nothing stale that was delivered before the successor took over, and nothing at all when that moment is unknown', () => {
    const traffic = evidence.traffic.map((call) => (call.kind === 'replica-write' ? { ...call, forwardedAt: 1 } : call));
    expect(staleWrites({ ...evidence, traffic })[0]?.replicas.map(({ answer }) => answer)).toEqual(['refused', 'silent', 'refused']);
    const faults = evidence.faults.map(({ facts: { successorAt: _unknown, ...facts }, ...fault }) => ({ ...fault, facts }));
    expect(staleWrites({ ...evidence, faults })[0]?.replicas.map(({ answer }) => answer)).toEqual(['refused', 'silent', 'refused']);
  });

  it('does not take what the old leader wrote before its pause for the write that was refused', () => {
    const cells = (evidence.ledger?.cells ?? []).map((cell) => ({ ...cell, version: [7, 900, 'order-1'] as const }));
    const ledger = evidence.ledger === undefined ? {} : { ledger: { ...evidence.ledger, cells } };
    const story = staleWrites({ ...evidence, ...ledger }).find(({ faultId }) => faultId === 'pause-leader-1');
    expect(story?.replicas.map(({ holding }) => holding)).toEqual(['earlier', 'stale', 'earlier']);
  });

  it('puts a stale write that was accepted before those that were refused', () => {
    const [first, second] = evidence.faults.filter(({ nemesis }) => nemesis === 'pause-leader');
    const traffic = evidence.traffic.map((call) => (call.fencingToken === 7 ? { ...call, status: 412 } : call));
    expect(staleWrites(evidence)[0]?.faultId).toBe(first?.id);
    expect(staleWrites({ ...evidence, traffic })[0]?.faultId).toBe(second?.id);
  });

  it('tells of a held write whose successor’s state can be shown, before one that nobody wrote again', () => {
    const fault = evidence.faults.find(({ nemesis }) => nemesis === 'pause-leader');
    const { key } = staleWrites({ ...evidence, faults: fault === undefined ? [] : [fault] })[0] ?? {};
    const beside = 'order/never-written-again';
    const faults = evidence.faults.map((one) => ({ ...one, facts: { ...one.facts, heldKeys: [beside, key] } }));
    const alike = evidence.logs.flatMap((log) =>
      log.fields['key'] === key ? [{ ...log, fields: { ...log.fields, key: beside } }, log] : [log],
    );
    expect(staleWrites({ ...evidence, faults, logs: alike }).find(({ faultId }) => faultId === fault?.id)?.key).toBe(key);
    // With nobody's refusal of the one whose state can be shown, the refusals are what is told.
    const onlyBeside = alike.filter(({ fields }) => fields['key'] !== key);
    expect(staleWrites({ ...evidence, faults, logs: onlyBeside }).find(({ faultId }) => faultId === fault?.id)?.key).toBe(beside);
  });

  it('accuses nobody: an acceptance is red only where the fencing checker found a violation', () => {
    const input = fixtureInput({ seed: 3, outcome: 'invalid', seconds: 75, ratePerSecond: 5 });
    expect(reportPage(input, client)).toContain('<div class="accused">');
    const { fencing: _violated, ...checkers } = input.verdict.checkers;
    expect(reportPage({ ...input, verdict: { ...input.verdict, checkers } }, client)).not.toContain('<div class="accused">');
  });
});

function sectionIds(page: string): readonly (string | undefined)[] {
  return [...page.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);
}

describe('the story of an effect that was asked for twice', () => {
  const { evidence, verdict } = fixtureInput({ seed: 3, outcome: 'valid', seconds: 45, ratePerSecond: 5 });
  const result = verdict.checkers['exactly-once'];
  const proof = (data: Readonly<Record<string, unknown>>, kind: 'proof' | 'violation' = 'proof') =>
    result === undefined
      ? undefined
      : { ...result, evidence: result.evidence.map((one) => ({ ...one, kind, data: { ...one.data, ...data } })) };

  it('sets both physical calls beside the one record', () => {
    const [story] = askedTwice(result, evidence);
    expect(story?.deliveries.map(({ call, answerLost }) => [call.to, call.status, answerLost])).toEqual([
      ['payment-1', 200, true],
      ['payment-2', 200, false],
    ]);
    expect(story?.entries.map(({ what, amount }) => [what, amount])).toEqual([['refund', '4,096 cents']]);
    expect([story?.sameAnswer, story?.accused]).toEqual([true, false]);
    const page = reportPage(fixtureInput({ seed: 3, outcome: 'valid', seconds: 45, ratePerSecond: 5 }), client);
    expect(page).toContain('It was delivered <b>twice</b>, and the books hold <b>1 record</b> of it');
  });

  it('shows every record where there are more, and takes the accusation from the checker alone', () => {
    const [payment] = evidence.ledger?.payments ?? [];
    const again = payment?.records.filter(({ kind }) => kind === 'refund') ?? [];
    const payments = payment === undefined ? [] : [{ ...payment, records: [...payment.records, ...again] }];
    const doubled = evidence.ledger === undefined ? evidence : { ...evidence, ledger: { ...evidence.ledger, payments } };
    const [story] = askedTwice(proof({ clause: 'effect-twice' }, 'violation'), doubled);
    expect([story?.entries.length, story?.accused]).toEqual([2, true]);
    expect(askedTwice(proof({ clause: 'answers-differ' }, 'violation'), doubled)).toEqual([]);
  });

  it('says so when the answers differ, and says nothing of it when fewer than two are known', () => {
    const refunds = (change: object) => ({
      ...evidence,
      traffic: evidence.traffic.map((call) => (call.path.endsWith('/refund') && call.attempt === 2 ? { ...call, ...change } : call)),
    });
    expect(askedTwice(result, refunds({ responseDigest: 'another' }))[0]?.sameAnswer).toBe(false);
    expect(askedTwice(result, refunds({ status: 409 }))[0]?.sameAnswer).toBeUndefined();
  });

  it('is not told of a single delivery, nor without books', () => {
    const { ledger: _unread, ...unread } = evidence;
    expect(askedTwice(result, unread)).toEqual([]);
    expect(
      askedTwice(
        result === undefined ? undefined : { ...result, evidence: result.evidence.map((one) => ({ ...one, traffic: [] })) },
        evidence,
      ),
    ).toEqual([]);
    expect(askedTwice(undefined, evidence)).toEqual([]);
  });
});
