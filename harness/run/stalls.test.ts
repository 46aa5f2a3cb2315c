import { expect, it, onTestFinished } from 'vitest';
import { watchStalls } from './stalls.ts';

function clock() {
  let ns = 0;
  const stalls = watchStalls(() => ns);
  onTestFinished(() => stalls.stop());
  return { stalls, pass: (ms: number) => (ns += ms * 1e6) };
}

it('counts a standstill although nothing but the question comes after it', () => {
  const { stalls, pass } = clock();
  pass(31_100);
  expect(stalls.totalNs()).toBe(31e9);
  expect(stalls.totalNs()).toBe(31e9);
});

it('adds standstills up, and does not count the small delays of a busy machine', () => {
  const { stalls, pass } = clock();
  for (const ms of [2100, 100, 1099, 3100]) {
    pass(ms);
    stalls.totalNs();
  }
  expect(stalls.totalNs()).toBe(5e9);
});
