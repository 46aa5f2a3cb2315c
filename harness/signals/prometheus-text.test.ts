import { describe, expect, it } from 'vitest';
import { parsePrometheusText } from './prometheus-text.ts';

const all = () => true;

describe('parsePrometheusText', () => {
  it('reads names, labels and values, and passes over comments', () => {
    const text = '# HELP a_total Help.\n# TYPE a_total counter\na_total{scope="orders",node="x"} 3\nb 1.5e-3 1700000000000\n';
    expect(parsePrometheusText(text, all)).toEqual([
      { name: 'a_total', labels: { scope: 'orders', node: 'x' }, value: 3 },
      { name: 'b', labels: {}, value: 0.0015 },
    ]);
  });

  it('undoes escapes in label values, commas and braces included', () => {
    expect(parsePrometheusText('m{a="x,\\"y\\"}",b="\\\\n\\n"} +Inf', all)).toEqual([
      { name: 'm', labels: { a: 'x,"y"}', b: '\\n\n' }, value: Number.POSITIVE_INFINITY },
    ]);
  });

  it('keeps only the metrics asked for', () => {
    expect(parsePrometheusText('a 1\nb 2\n', (name) => name === 'b')).toEqual([{ name: 'b', labels: {}, value: 2 }]);
  });

  it('keeps `__proto__` as a label like any other', () => {
    expect(Object.keys(parsePrometheusText('m{__proto__="x"} 1', all)[0]?.labels ?? {})).toEqual(['__proto__']);
  });
});
