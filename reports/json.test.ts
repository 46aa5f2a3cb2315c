import { describe, expect, it } from 'vitest';
import { jsonReporter } from './json.ts';
import { hostile, rememberingOutput, smallInput, smallResult } from './support/small.ts';

describe('the json reporter', () => {
  it('prints one object on one line with the verdict, every checker by name, the seed and where the evidence is', async () => {
    const out = rememberingOutput('');
    await jsonReporter.report(smallInput({ fencing: smallResult({ verdict: 'invalid', summary: hostile }) }), out);
    expect(out.printed.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(out.printed.join(''))).toMatchObject({
      schemaVersion: 1,
      verdict: 'invalid',
      seed: 7,
      runDirectory: 'runs/register/1',
      stats: { ops: {}, opsPerSecond: 0 },
      checkers: { fencing: { verdict: 'invalid', question: 'Does it hold?', examined: { things: 1 }, evidence: [], summary: hostile } },
    });
  });
});
