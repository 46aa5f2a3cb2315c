/** Quorum registers for whoever wants one: read, write, compare-and-set. What register workloads drive. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Registers } from '../../store/index.ts';
import { json, ProblemError, parseBody, type Route, resultOf } from '../http.ts';

const keyPattern = /^[A-Za-z0-9._~-]{1,100}$/;
const writeSchema = z.strictObject({ value: z.json() });
const casSchema = z.strictObject({ expected: z.json(), value: z.json() });

export function registerRoutes(registers: Registers, requestTimeoutMs: number): readonly Route[] {
  const keyOf = (params: Readonly<Record<string, string>>): string => {
    const key = params['key'] ?? '';
    if (!keyPattern.test(key))
      throw new ProblemError({
        code: 'invalid-request',
        status: 400,
        detail: 'A register key is 1 to 100 letters, digits, dots, dashes, underscores or tildes.',
      });
    return `register/${key}`;
  };
  const options = { deadlineMs: requestTimeoutMs };
  return [
    {
      method: 'GET',
      path: '/registers/:key',
      handle: async (_request, params) => json(200, { value: resultOf(await registers.read(keyOf(params), options)) }),
    },
    {
      method: 'PUT',
      path: '/registers/:key',
      async handle(request, params) {
        const { value } = parseBody(writeSchema, request);
        resultOf(await registers.change(keyOf(params), () => ({ kind: 'set', value, result: true }), options));
        return json(200, { value });
      },
    },
    {
      method: 'POST',
      path: '/registers/:key/cas',
      async handle(request, params) {
        const { expected, value } = parseBody(casSchema, request);
        const found = resultOf(
          await registers.change<{ swapped: boolean; actual: unknown }>(
            keyOf(params),
            (actual) =>
              isDeepStrictEqual(actual, expected)
                ? { kind: 'set', value, result: { swapped: true, actual: value } }
                : { kind: 'keep', result: { swapped: false, actual } },
            options,
          ),
        );
        if (!found.swapped)
          throw new ProblemError({
            code: 'cas-mismatch',
            status: 409,
            detail: 'The register holds another value.',
            extra: { actual: found.actual },
          });
        return json(200, { value });
      },
    },
  ];
}
