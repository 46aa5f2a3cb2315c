import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, claim, fingerprint, keyInFlight, keyMissing, keyReused, refuseWhileInFlight, stepKey } from './idempotency.ts';

/** The same value with the members of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, reordered(member)] as const)
      .reverse(),
  );
}

describe('claiming an idempotency key', () => {
  const records = [
    { key: 'a', fingerprint: fingerprint({ amountCents: 1 }), result: 'captured' },
    { key: 'b', fingerprint: fingerprint({ amountCents: 2 }), result: 'declined' },
  ];

  it('finds an unseen key new, a seen one with its first result, and a changed body out', () => {
    expect(claim(records, 'c', fingerprint({ amountCents: 1 }))).toBe('new');
    expect(claim(records, 'b', fingerprint({ amountCents: 2 }))).toEqual({ kind: 'duplicate', result: 'declined' });
    expect(claim(records, 'a', fingerprint({ amountCents: 2 }))).toBe('mismatch');
  });

  it('derives the same key for every attempt of a step, and another for every order, step and epoch', () => {
    expect(stepKey('o1', 'capture', 2)).toBe('o1:capture:2');
  });
});

describe('the fingerprint of a body', () => {
  it('is SHA-256 of RFC 8785 canonical JSON', () => {
    expect(
      canonicalJson({
        numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27],
        string: '\u20ac$\u000f\nA\'B"\\"/',
        literals: [null, true, false],
      }),
    ).toBe('{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\"/"}');
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 })).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    );
    expect(fingerprint({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  it('does not depend on the order of members, and is valid JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fingerprint(reordered(value))).toBe(fingerprint(value));
        // −0 has no form of its own in JSON.
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(JSON.stringify(JSON.parse(canonicalJson(a))) !== JSON.stringify(JSON.parse(canonicalJson(b))));
        expect(fingerprint(a)).not.toBe(fingerprint(b));
      }),
    );
  });

  it('leaves out members that are undefined, as JSON does, and refuses what JSON cannot say', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('JSON has no NaN');
  });
});

describe('keys in flight', () => {
  const ok = { status: 200, body: '' };

  it('let one call in at a time for a key, and the next once it has ended, however it ended', async () => {
    const guarded = refuseWhileInFlight(1);
    let fail: (error: Error) => void = () => undefined;
    const first = guarded('a', () => new Promise((_resolve, reject) => (fail = reject)));
    const others = await Promise.all([guarded('a', async () => ok), guarded('b', async () => ok)]);
    expect(others.map(({ status }) => status)).toEqual([409, 200]);
    fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect((await guarded('a', async () => ok)).status).toBe(200);
  });
});

describe('refusals', () => {
  it('have the status and the problem code of their case', () => {
    const refusals = [keyMissing(), keyReused('k'), keyInFlight('k', 1)];
    expect(
      refusals.map(({ status, headers, body }) => [status, (JSON.parse(String(body)) as { type: string }).type, headers?.['retry-after']]),
    ).toEqual([
      [400, 'urn:seamproof:problem:missing-idempotency-key', undefined],
      [422, 'urn:seamproof:problem:idempotency-key-reused', undefined],
      [409, 'urn:seamproof:problem:idempotency-key-in-flight', '1'],
    ]);
  });
});
