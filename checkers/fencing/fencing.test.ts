import { describe, expect, it } from 'vitest';
import type { FaultRecord, FenceRefusal } from '../../harness/history/index.ts';
import { type CallSketch, clausesOf, finalReadsFrom, logOf } from '../test-support/evidence.ts';
import { cell, changeCalls, evidenceFrom, golden, isStale, key, replicas, times, toEveryReplica } from '../test-support/leader-change.ts';
import { checkFencing, fencing } from './index.ts';

const acceptedNow = (call: CallSketch): CallSketch => {
  const { problem: _, ...rest } = call;
  return { ...rest, status: 200 };
};
const staleAt = (replica: string) => (call: CallSketch) => isStale(call) && call.to === replica;
const [goldenFault] = golden.faults;
const faultWith = (facts: Readonly<Record<string, unknown>>): readonly FaultRecord[] =>
  goldenFault === undefined ? [] : [{ ...goldenFault, facts: { ...goldenFault.facts, ...facts } }];

describe('fencing, a leader change as it should be', () => {
  it('is valid, and shows for each replica the refusal, both tokens and the log line', () => {
    const result = checkFencing(evidenceFrom());
    expect(result.verdict).toBe('valid');
    for (const replica of replicas) {
      const proof = result.evidence.find(({ kind, data }) => kind === 'proof' && data?.['replica'] === replica);
      expect(proof?.data).toMatchObject({ key, token: 5, higherToken: 6, from: 'order-1' });
      expect(proof?.logLines?.[0]?.line).toContain('fence.rejected');
      expect(proof?.traffic).toHaveLength(2);
    }
    expect(result.examined).toMatchObject({
      staleArrivals: 3,
      staleArrivalsRefusedByFence: 3,
      staleArrivalsRefusedOtherwise: 0,
      finalReadSubsets: 2,
    });
  });

  it('is valid when a later leader wrote over the successor', () => {
    const calls = [
      ...golden.calls,
      ...toEveryReplica({
        kind: 'replica-write',
        from: 'order-3',
        token: 7,
        key,
        digest: 'third',
        at: 3000,
        answeredAt: 3010,
        status: 200,
      }),
    ];
    const cells = replicas.map((replica) => cell(replica, [7, 1, 'order-3'], 'third'));
    expect(checkFencing(evidenceFrom({ calls, cells })).verdict).toBe('valid');
  });

  it('is valid when an earlier leader change proved nothing but a later one did', () => {
    const faults = [...faultWith({ newLeader: undefined, newToken: undefined }), ...golden.faults];
    const result = checkFencing(evidenceFrom({ faults }));
    expect(result.verdict).toBe('valid');
    expect(result.summary).toContain('1 of 2 leader changes');
  });
});

describe('fencing, tokens', () => {
  it('is violated when two leaders were elected under one token', () => {
    const logs = [...golden.logs, logOf('order-3', 'leader.elected', { scope: 'orders', token: 6, holder: 'order-3' }, 3)];
    const result = checkFencing(evidenceFrom({ logs }));
    expect(result.verdict).toBe('invalid');
    expect(clausesOf(result)).toEqual(['token-unique']);
    expect(result.evidence[0]?.logLines).toHaveLength(2);
  });

  it('is violated when one holder was given the same token twice', () => {
    const logs = [...golden.logs, logOf('order-2', 'leader.elected', { scope: 'orders', token: 6, holder: 'order-2' }, 3)];
    expect(clausesOf(checkFencing(evidenceFrom({ logs })))).toEqual(['token-unique']);
  });

  it('is violated when a node reports a lower token after a higher one', () => {
    const logs = [...golden.logs, logOf('order-2', 'leader.elected', { scope: 'orders', token: 4, holder: 'order-2' }, 3)];
    expect(clausesOf(checkFencing(evidenceFrom({ logs })))).toEqual(['token-increasing']);
  });

  it('is violated when the successor leads under the token of the leader it replaced', () => {
    const result = checkFencing(evidenceFrom({ faults: faultWith({ newToken: 5 }) }));
    expect(clausesOf(result)).toEqual(['token-unique']);
    expect(result.evidence[0]?.summary).toContain('order-1');
  });

  it('takes a log line that was collected twice for one election', () => {
    const logs = [...golden.logs, ...golden.logs];
    expect(checkFencing(evidenceFrom({ logs })).verdict).toBe('valid');
  });

  it('compares tokens only within their scope', () => {
    const logs = [...golden.logs, logOf('payment-1', 'leader.elected', { scope: 'consumer', token: 6, holder: 'payment-1' }, 3)];
    expect(checkFencing(evidenceFrom({ logs })).verdict).toBe('valid');
  });

  it('does not order elections of different nodes by their clocks or by the order of collection', () => {
    const logs = [...golden.logs].reverse();
    expect(checkFencing(evidenceFrom({ logs })).verdict).toBe('valid');
  });
});

describe('fencing, what replicas accept', () => {
  it('is violated when one replica accepts the stale write, and names replica, key and both tokens', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-2'), acceptedNow);
    const result = checkFencing(evidenceFrom({ calls }));
    expect(result.verdict).toBe('invalid');
    expect(clausesOf(result)).toEqual(['stale-write-accepted']);
    expect(result.evidence[0]?.data).toMatchObject({ replica: 'replica-2', key, token: 5, higherToken: 6, from: 'order-1' });
    expect(result.summary).toMatch(/replica-2 .*order\/a.*token 5.*token 6/);
  });

  it('still knows the highest token after a replica acknowledged a lower one again', () => {
    const again = changeCalls(golden.calls.filter(isStale), staleAt('replica-2'), acceptedNow).map((call) => ({
      ...call,
      at: 3000,
      answeredAt: 3010,
    }));
    const calls = [...changeCalls(golden.calls, staleAt('replica-2'), acceptedNow), ...again];
    const result = checkFencing(evidenceFrom({ calls }));
    expect(result.evidence.filter(({ data }) => data?.['clause'] === 'stale-write-accepted')).toHaveLength(2);
  });

  it('orders calls by their times, not by their places in the file', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-2'), acceptedNow);
    const result = checkFencing(evidenceFrom({ calls: [...calls].reverse() }));
    expect(clausesOf(result)).toEqual(['stale-write-accepted']);
    expect(result.evidence[0]?.data).toMatchObject({ token: 5, higherToken: 6, storedAt: times.fenced });
    expect(checkFencing(evidenceFrom({ calls: [...golden.calls].reverse() })).verdict).toBe('valid');
  });

  it('is violated by an acceptance whose answer broke off, since the decision was made', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-2'), (call) => {
      const { answeredAt: _, ...rest } = acceptedNow(call);
      return rest;
    });
    expect(clausesOf(checkFencing(evidenceFrom({ calls })))).toEqual(['stale-write-accepted']);
  });

  it('is violated by a stale write even where no leader was paused', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-2'), acceptedNow);
    const evidence = evidenceFrom({ calls, faults: [], nemeses: ['kill'] });
    expect(fencing.applies?.(evidence)).toBe(false);
    expect(checkFencing(evidence).verdict).toBe('invalid');
  });

  it('also names the quorum when a fenced quorum acknowledges the stale write', () => {
    const calls = changeCalls(golden.calls, (call) => isStale(call) && call.to !== 'replica-3', acceptedNow);
    const result = checkFencing(evidenceFrom({ calls }));
    expect(clausesOf(result)).toEqual(['stale-write-accepted', 'stale-write-acknowledged']);
    const quorum = result.evidence.find(({ data }) => data?.['clause'] === 'stale-write-acknowledged');
    expect(quorum?.data).toMatchObject({ key, token: 5, higherTokens: { 'replica-1': 6, 'replica-2': 6 }, quorum: 2 });
  });

  it('does not add two different stale writes up to a quorum', () => {
    const calls = changeCalls(
      golden.calls,
      (call) => isStale(call) && call.to !== 'replica-3',
      (call) => ({ ...acceptedNow(call), digest: `stale-${call.to}` }),
    );
    expect(clausesOf(checkFencing(evidenceFrom({ calls })))).toEqual(['stale-write-accepted']);
  });

  it('is violated when a replica raises its token from below what it had acknowledged: it forgot it', () => {
    const calls = [
      ...golden.calls,
      {
        kind: 'replica-write',
        from: 'order-3',
        to: 'replica-1',
        token: 7,
        key: 'order/b',
        digest: 'third',
        at: 3000,
        answeredAt: 3010,
        status: 200,
      },
    ];
    const logs = [...golden.logs, logOf('replica-1', 'fence.raised', { replica: 'replica-1', scope: 'orders', from: 0, to: 7 })];
    const result = checkFencing(evidenceFrom({ calls, logs }));
    expect(clausesOf(result)).toEqual(['token-forgotten']);
    expect(result.evidence[0]?.data).toMatchObject({ replica: 'replica-1', raisedFrom: 0, raisedTo: 7, higherToken: 6 });
  });

  it('allows a replica to lose a raise that it never acknowledged', () => {
    // Raised to 5 twice: the first was lost in a crash before any call under 5 was answered.
    const logs = [logOf('replica-1', 'fence.raised', { replica: 'replica-1', scope: 'orders', from: 0, to: 5 }), ...golden.logs];
    expect(checkFencing(evidenceFrom({ logs })).verdict).toBe('valid');
  });

  it('allows a stale write that arrives before the fence', () => {
    const calls = changeCalls(golden.calls, isStale, (call) => ({ ...acceptedNow(call), at: 1000, answeredAt: 1010 }));
    const result = checkFencing(evidenceFrom({ calls }));
    expect(result.verdict).toBe('unknown');
    expect(result.examined['staleArrivals']).toBe(0);
  });

  it('allows a write that was handed over before the fence was acknowledged, though its own answer came later', () => {
    const calls = changeCalls(golden.calls, isStale, (call) => ({ ...acceptedNow(call), at: times.fenced - 1, answeredAt: 1500 }));
    expect(checkFencing(evidenceFrom({ calls })).verdict).toBe('unknown');
  });

  it('takes equal times for concurrent', () => {
    const calls = changeCalls(golden.calls, isStale, (call) => ({ ...acceptedNow(call), at: times.fenced, answeredAt: 1500 }));
    expect(checkFencing(evidenceFrom({ calls })).verdict).toBe('unknown');
  });

  it('allows a low token in one scope after a high one in another', () => {
    const calls = [
      ...golden.calls,
      ...toEveryReplica({
        kind: 'replica-write',
        from: 'payment-1',
        scope: 'consumer',
        token: 1,
        key: 'offset/a',
        digest: 'c',
        at: 3000,
        answeredAt: 3010,
        status: 200,
      }),
    ];
    expect(checkFencing(evidenceFrom({ calls })).verdict).toBe('valid');
  });

  it('does not believe in a token that a replica refused or never answered', () => {
    const calls = changeCalls(
      golden.calls,
      (call) => call.token === 6,
      (call) => ({ ...call, status: 503 }),
    );
    expect(checkFencing(evidenceFrom({ calls: changeCalls(calls, isStale, acceptedNow), cells: [] })).verdict).toBe('unknown');
  });

  it('allows writes without a fence on a fenced key: a read settles what it found', () => {
    const calls = [
      ...golden.calls,
      ...toEveryReplica({ kind: 'replica-write', from: 'order-3', key, digest: 'settle', at: 3000, answeredAt: 3010, status: 200 }),
    ];
    expect(checkFencing(evidenceFrom({ calls })).verdict).toBe('valid');
  });
});

describe('fencing, final reads', () => {
  it('is violated when some read quorum shows an older token than a quorum acknowledged', () => {
    const cells = [
      cell('replica-1', [6, 1, 'order-2'], 'second'),
      cell('replica-2', [5, 1, 'order-1'], 'first'),
      cell('replica-3', [5, 1, 'order-1'], 'first'),
    ];
    const result = checkFencing(evidenceFrom({ cells }));
    expect(result.verdict).toBe('invalid');
    expect(clausesOf(result)).toContain('final-read-hides-acknowledged-write');
    const hidden = result.evidence.find(({ data }) => data?.['clause'] === 'final-read-hides-acknowledged-write');
    expect(hidden?.data).toMatchObject({ key, token: 5, higherToken: 6, subset: ['replica-2', 'replica-3'] });
  });

  it('judges by the newest acknowledged write, wherever it stands in the file', () => {
    const cells = replicas.map((replica) => cell(replica, [5, 1, 'order-1'], 'first'));
    const result = checkFencing(evidenceFrom({ calls: [...golden.calls].reverse(), cells }));
    expect(result.evidence.find(({ data }) => data?.['clause'] === 'final-read-hides-acknowledged-write')?.data).toMatchObject({
      higherToken: 6,
    });
  });

  it('does not ask the final reads for what was acknowledged only after they began', () => {
    const late = toEveryReplica({
      kind: 'replica-write',
      from: 'order-3',
      token: 7,
      key,
      digest: 'late',
      at: finalReadsFrom + 1,
      answeredAt: finalReadsFrom + 2,
      status: 200,
    });
    const result = checkFencing(evidenceFrom({ calls: [...golden.calls, ...late] }));
    expect(result.verdict).toBe('valid');
  });

  it('allows replicas to differ on a register that was written to while they were read, but takes no proof from it', () => {
    const late = toEveryReplica({
      kind: 'replica-write',
      from: 'order-2',
      token: 6,
      key,
      digest: 'late',
      at: finalReadsFrom + 1,
      answeredAt: finalReadsFrom + 2,
      status: 200,
    });
    const cells = golden.cells.map((each, at) => (at === 0 ? cell('replica-1', [6, 2, 'order-2'], 'newer') : each));
    const result = checkFencing(evidenceFrom({ calls: [...golden.calls, ...late], cells }));
    expect(result.verdict).toBe('unknown');
    expect(result.summary).toContain('not read from every replica at rest');
  });

  it('does not compare the tokens of two scopes that write one key', () => {
    const other = toEveryReplica({
      kind: 'replica-write',
      from: 'inventory-1',
      scope: 'consumer',
      token: 9,
      key,
      digest: 'other',
      at: 1300,
      answeredAt: 1310,
      status: 200,
    });
    expect(checkFencing(evidenceFrom({ calls: [...golden.calls, ...other] })).verdict).toBe('valid');
  });

  it("does not blame the stale write for another proposer's version", () => {
    const calls = golden.calls.filter((call) => call.digest !== 'first' && call.digest !== 'second');
    const cells = [cell('replica-1', [5, 9, 'order-3'], 'settled'), cell('replica-2', null, null), cell('replica-3', null, null)];
    expect(checkFencing(evidenceFrom({ calls, cells })).verdict).toBe('unknown');
  });

  it('does not blame the stale write for a version under another token', () => {
    const calls = golden.calls.filter((call) => call.digest !== 'first' && call.digest !== 'second');
    expect(checkFencing(evidenceFrom({ calls })).verdict).toBe('unknown');
  });

  it('gives a write that was cut off on its way the benefit of the doubt', () => {
    const [first] = evidenceFrom({ calls: golden.calls.filter((call) => call.digest === 'first').slice(0, 1) }).traffic;
    const evidence = evidenceFrom({
      calls: golden.calls.filter((call) => call.digest !== 'first' && call.digest !== 'second'),
      cells: [cell('replica-1', [5, 9, 'order-1'], 'first'), cell('replica-2', null, null), cell('replica-3', null, null)],
    });
    const cutOff = (outcome: 'callee-closed' | 'callee-refused') => {
      if (first === undefined) return evidence;
      const { forwardedAt: _f, respondedAt: _r, status: _s, ...rest } = first;
      return { ...evidence, traffic: [...evidence.traffic, { ...rest, id: evidence.traffic.length, outcome }] };
    };
    expect(clausesOf(checkFencing(cutOff('callee-refused')))).toContain('final-read-shows-stale-write');
    expect(checkFencing(cutOff('callee-closed')).verdict).toBe('unknown');
  });

  it('accuses nobody of what no traffic explains: what was never seen written, or cannot be told apart', () => {
    const cells = golden.cells.map((each, at) => (at === 0 ? cell('replica-1', [6, 2, 'order-2'], 'newer') : each));
    expect(checkFencing(evidenceFrom({ calls: [], cells })).verdict).toBe('unknown');
    const calls = golden.calls.map(({ digest: _, ...call }) => call);
    expect(checkFencing(evidenceFrom({ calls, cells })).verdict).toBe('unknown');
    const strangers = golden.cells.map((each, at) => (at === 0 ? cell('replica-1', [6, 2, 'order-3'], 'newer') : each));
    expect(checkFencing(evidenceFrom({ cells: strangers })).verdict).toBe('valid');
  });

  it('does not blame a stale write that came while the cells were read', () => {
    const calls = changeCalls(
      golden.calls.filter((call) => call.digest !== 'first' && call.digest !== 'second'),
      isStale,
      (call) => ({ ...call, at: finalReadsFrom + 1, answeredAt: finalReadsFrom + 2 }),
    );
    const cells = [cell('replica-1', [5, 9, 'order-1'], 'before'), cell('replica-2', null, null), cell('replica-3', null, null)];
    expect(checkFencing(evidenceFrom({ calls, cells })).verdict).toBe('unknown');
  });

  it('does not blame the stale write for a version that a write without a fence may have left', () => {
    const settle = toEveryReplica({ kind: 'replica-write', from: 'order-1', key, digest: 'settle', at: 500, answeredAt: 510, status: 200 });
    const calls = [...golden.calls.filter((call) => call.digest !== 'first' && call.digest !== 'second'), ...settle];
    const cells = replicas.map((replica) => cell(replica, [5, 9, 'order-1'], 'first'));
    expect(checkFencing(evidenceFrom({ calls, cells })).verdict).toBe('unknown');
  });

  it('allows one replica to lag behind: no read quorum consists of it alone', () => {
    const cells = [
      cell('replica-1', [6, 1, 'order-2'], 'second'),
      cell('replica-2', [6, 1, 'order-2'], 'second'),
      cell('replica-3', [5, 1, 'order-1'], 'first'),
    ];
    expect(checkFencing(evidenceFrom({ cells })).verdict).toBe('valid');
  });

  it('is violated when one version stands for two values', () => {
    const cells = golden.cells.map((each, at) => (at === 1 ? { ...each, value: 'other' } : each));
    expect(clausesOf(checkFencing(evidenceFrom({ cells })))).toContain('one-value-per-version');
  });

  it('is violated when replicas differ though every write was acknowledged', () => {
    const cells = golden.cells.map((each, at) => (at === 0 ? cell('replica-1', [6, 2, 'order-2'], 'newer') : each));
    expect(clausesOf(checkFencing(evidenceFrom({ cells })))).toEqual(['final-reads-differ']);
  });

  it('allows replicas to differ by a write that was never acknowledged', () => {
    const calls = [
      ...golden.calls,
      { kind: 'replica-write', from: 'order-2', to: 'replica-1', token: 6, key, digest: 'open', at: 3000, answeredAt: 3010, status: 200 },
    ];
    const cells = golden.cells.map((each, at) => (at === 0 ? cell('replica-1', [6, 2, 'order-2'], 'newer') : each));
    const result = checkFencing(evidenceFrom({ calls, cells }));
    expect(result.verdict).toBe('valid');
    expect(result.evidence.some(({ kind, summary }) => kind === 'context' && summary.includes('never acknowledged'))).toBe(true);
  });

  it('does not let an open write to one replica explain a difference on another', () => {
    const calls = [
      ...golden.calls,
      { kind: 'replica-write', from: 'order-2', to: 'replica-2', token: 6, key, digest: 'open', at: 3000, answeredAt: 3010, status: 200 },
    ];
    const cells = golden.cells.map((each, at) => (at === 0 ? cell('replica-1', [6, 2, 'order-2'], 'newer') : each));
    expect(clausesOf(checkFencing(evidenceFrom({ calls, cells })))).toEqual(['final-reads-differ']);
  });

  it('is violated when a replica holds what only a stale delivery can have written, whatever it answered', () => {
    // The old leader's first write never happened here, so a version under token 5 can only come from the held one.
    const calls = golden.calls.filter((call) => call.digest !== 'first' && call.digest !== 'second');
    const cells = [cell('replica-1', [5, 9, 'order-1'], 'stale'), cell('replica-2', null, null), cell('replica-3', null, null)];
    const result = checkFencing(evidenceFrom({ calls, cells }));
    expect(clausesOf(result)).toContain('final-read-shows-stale-write');
    expect(result.evidence[0]?.data).toMatchObject({ replica: 'replica-1', key, token: 5, higherToken: 6 });
  });

  it('also finds it where every read quorum hides it', () => {
    const calls = golden.calls.filter((call) => call.digest !== 'first');
    const cells = golden.cells.map((each, at) => (at === 2 ? cell('replica-3', [5, 9, 'order-1'], 'stale') : each));
    expect(clausesOf(checkFencing(evidenceFrom({ calls, cells })))).toEqual(['stale-write-held']);
  });

  it('does not blame the stale write for a version that an unanswered earlier one may have left', () => {
    const calls = changeCalls(
      golden.calls.filter((call) => call.digest !== 'second'),
      (call) => call.digest === 'first',
      ({ kind, from, to, at, token, digest }) => ({
        kind,
        from,
        to,
        at,
        key,
        ...(token === undefined ? {} : { token }),
        ...(digest === undefined ? {} : { digest }),
      }),
    );
    const cells = replicas.map((replica) => cell(replica, [5, 9, 'order-1'], 'stale'));
    expect(checkFencing(evidenceFrom({ calls, cells })).verdict).toBe('unknown');
  });

  it('judges five replicas with a read quorum of two by every pair', () => {
    const five = ['r1', 'r2', 'r3', 'r4', 'r5'];
    const write = (to: string): CallSketch => ({
      kind: 'replica-write',
      from: 'order-2',
      to,
      token: 6,
      key,
      digest: 'second',
      at: 1200,
      answeredAt: 1250,
      status: 200,
    });
    const evidence = (fresh: number) => ({
      ...evidenceFrom({ calls: [] }),
      replicas: five,
      traffic: evidenceFrom({ calls: five.slice(0, 4).map(write) }).traffic,
      ledger: {
        ...evidenceFrom().ledger,
        orders: [],
        payments: [],
        stock: [],
        events: [],
        readQuorum: 2,
        cells: five.map((replica, at) =>
          at < fresh
            ? { replica, key, version: [6, 1, 'order-2'] as const, value: 'second' }
            : { replica, key, version: null, value: null },
        ),
      },
    });
    expect(checkFencing(evidence(4)).verdict).toBe('unknown');
    expect(clausesOf(checkFencing(evidence(3)))).toContain('final-read-hides-acknowledged-write');
  });
});

describe('fencing, not exercised', () => {
  const reason = (parts: Parameters<typeof evidenceFrom>[0], withLedger = true): string => {
    const result = checkFencing(evidenceFrom(parts, withLedger));
    expect(result.verdict).toBe('unknown');
    return result.summary;
  };

  it('is unknown when no leader was deposed', () => {
    expect(reason({ faults: [] })).toContain('No leader was deposed');
  });

  it('is unknown when nobody took over', () => {
    expect(reason({ faults: faultWith({ newLeader: undefined, newToken: undefined }) })).toContain('nobody took over');
  });

  it('is unknown when the fault recorded no token', () => {
    expect(reason({ faults: faultWith({ oldToken: undefined }) })).toContain('no token');
  });

  it("is unknown when the successor's token was not greater", () => {
    expect(reason({ faults: faultWith({ newToken: 4 }) })).toContain('not greater');
  });

  it('is unknown when no stale write arrived', () => {
    expect(reason({ calls: golden.calls.filter((call) => !isStale(call)) })).toContain('no write under the deposed');
  });

  it('is unknown when only an even older leader was refused', () => {
    expect(reason({ calls: changeCalls(golden.calls, isStale, (call) => ({ ...call, token: 4 })) })).toContain(
      "no write under the deposed leader's token 5",
    );
  });

  it('is unknown when the same leader still led under its token: nothing changed hands', () => {
    expect(reason({ faults: faultWith({ newLeader: 'order-1', newToken: 5 }) })).toContain('not greater');
  });

  it('is unknown when a 412 says something other than that the token was stale', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-1'), (call) => ({ ...call, problem: 'precondition-failed' }));
    expect(reason({ calls })).toContain('answered 412 (precondition-failed)');
  });

  describe('on a pipeline that refuses in words of its own', () => {
    const refusing = (answer: Partial<CallSketch>) => changeCalls(golden.calls, isStale, (call) => ({ ...acceptedNow(call), ...answer }));
    const judged = (answer: Partial<CallSketch>, fenceRefusal: FenceRefusal) =>
      checkFencing({ ...evidenceFrom({ calls: refusing(answer), logs: [] }), fenceRefusal });

    it('is valid when every replica answered as the target says a refusal looks, with no line in its log', () => {
      const result = judged({ status: 409 }, { status: 409, logged: false });
      expect(result.verdict).toBe('valid');
      expect(result.evidence.filter(({ kind, data }) => kind === 'proof' && data?.['replica'] !== undefined)).toHaveLength(3);
      expect(judged({ status: 403, problem: 'stale-epoch' }, { status: 403, problem: 'stale-epoch', logged: false }).verdict).toBe('valid');
    });

    it('is unknown when the target says that refusals are logged, and none is', () => {
      expect(judged({ status: 409 }, { status: 409, logged: true }).summary).toContain('no fence.rejected line');
    });

    it('is unknown when the answer, or the problem in it, is another than the one that means a refusal', () => {
      expect(judged({ status: 412, problem: 'fenced' }, { status: 409, logged: false }).verdict).toBe('unknown');
      expect(judged({ status: 403, problem: 'forbidden' }, { status: 403, problem: 'stale-epoch', logged: false }).verdict).toBe('unknown');
    });

    it('is invalid when a stale write was accepted, whatever 2xx says so', () => {
      expect(clausesOf(judged({ status: 204 }, { status: 409, logged: false }))).toContain('stale-write-accepted');
    });
  });

  it('is unknown when nothing says when the final reads began', () => {
    const result = checkFencing({ ...evidenceFrom(), windows: [] });
    expect(result.verdict).toBe('unknown');
    expect(result.summary).toContain('no final reads in a window');
  });

  it('is unknown when one replica got no stale write, and says which', () => {
    expect(reason({ calls: golden.calls.filter((call) => !staleAt('replica-3')(call)) })).toContain('no stale write reached replica-3');
  });

  it('is unknown when the stale write was refused for another reason, and counts it', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-1'), (call) => ({ ...call, status: 409, problem: 'ballot-conflict' }));
    expect(reason({ calls })).toContain('answered 409 (ballot-conflict)');
    expect(checkFencing(evidenceFrom({ calls })).examined).toMatchObject({
      staleArrivalsRefusedByFence: 2,
      staleArrivalsRefusedOtherwise: 1,
    });
  });

  it('is unknown when the answer to the stale write was never seen', () => {
    const calls = changeCalls(golden.calls, staleAt('replica-1'), ({ status: _s, problem: _p, answeredAt: _a, ...call }) => call);
    expect(reason({ calls })).toContain('its answer was never seen');
  });

  it('is unknown when a log line of a refusal was lost', () => {
    const logs = golden.logs.filter(({ event, node }) => event !== 'fence.rejected' || node !== 'replica-2');
    expect(reason({ logs })).toContain('replica-2 refused the stale write, but no fence.rejected line');
  });

  it('is unknown when the stale write came before a write of the successor was acknowledged', () => {
    const calls = changeCalls(
      golden.calls,
      (call) => call.digest === 'second',
      (call) => ({ ...call, at: 2100, answeredAt: 2200 }),
    );
    expect(reason({ calls })).toContain('before a write of the successor was acknowledged');
  });

  it('is unknown when the successor wrote only to a minority', () => {
    const calls = golden.calls.filter((call) => call.digest !== 'second' || call.to === 'replica-1');
    expect(reason({ calls })).toContain('no write of the successor');
  });

  it('is unknown when the final reads failed or left a replica out', () => {
    expect(reason({}, false)).toContain('no final reads');
    expect(reason({ cells: golden.cells.slice(1) })).toContain('not read from every replica');
  });

  it('is unknown about a scope other than the one that changed hands', () => {
    expect(reason({ faults: faultWith({ scope: 'consumer' }) })).toContain('no write of the successor');
  });
});
