/**
 * The port between services and the outside, and the shape of error answers. Entry points import an adapter as well: `real.ts` or, in tests,
 * `virtual.ts`; they aren't exported here so that nobody loads both.
 */
export * from './port.ts';
export * from './problem.ts';
