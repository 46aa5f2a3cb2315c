import { describe, expect, it } from 'vitest';
import { UsageError } from '../config/index.ts';
import { InfrastructureError } from '../infrastructure-error.ts';
import { describeFailure } from './failure.ts';

const context = { verbose: false, runDirectory: 'runs/orders/1' };

describe('what ends a command', () => {
  it('is 64 without a stack trace for a mistake in usage', () => {
    const failure = describeFailure(new UsageError({ code: 'unknown-flag', happened: 'no' }), { ...context, verbose: true });
    expect(failure).toEqual({ exitCode: 64, text: 'harness: no [unknown-flag]\n' });
  });

  it('is 4 without a stack trace when the target did not come up, with the evidence and what to do', () => {
    const failure = describeFailure(new InfrastructureError('deploy', 'port 4000 is taken', '--base-port 5000'), {
      ...context,
      verbose: true,
    });
    expect(failure).toEqual({
      exitCode: 4,
      text: 'harness: port 4000 is taken\n  evidence  runs/orders/1\n  try       --base-port 5000\n',
    });
  });

  it('is 5 when clean-up left something behind', () => {
    expect(describeFailure(new InfrastructureError('leftovers', 'order-1 is still alive'), context).exitCode).toBe(5);
  });

  it('is 70 for anything else, with the stack only when asked for', () => {
    const error = new TypeError('x is not a function');
    const plain = describeFailure(error, context);
    expect(plain.exitCode).toBe(70);
    expect(plain.text).toContain('a bug in the harness: x is not a function\n  evidence  runs/orders/1\n');
    expect(plain.text).not.toContain('failure.test.ts');
    expect(describeFailure(error, { ...context, verbose: true }).text).toContain('failure.test.ts');
  });

  it('copes with things thrown that are no errors', () => {
    expect(describeFailure('oops', { verbose: true, runDirectory: undefined }).text).toBe('harness: a bug in the harness: oops\n');
  });
});
