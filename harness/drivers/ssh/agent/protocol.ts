/**
 * What the harness and its agent on a host say to each other: one JSON document a line. The harness asks under an id, the agent answers under
 * it; how nodes end the agent tells unasked.
 */
import { z } from 'zod';

const nodeSpec = z.object({
  name: z.string(),
  role: z.string(),
  argv: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  port: z.int(),
});

const named = <Verb extends string>(verb: Verb) => z.object({ verb: z.literal(verb), node: z.string() });

export const askSchema = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('prepare'), nodes: z.array(z.object({ name: z.string(), role: z.string() })) }),
  z.object({ verb: z.literal('start'), spec: nodeSpec }),
  named('stop'),
  named('kill'),
  named('restart'),
  named('pause'),
  named('resume'),
  named('status'),
  /** Nothing; but as long as it comes, somebody is there. */
  z.object({ verb: z.literal('ping') }),
  z.object({ verb: z.literal('dispose') }),
]);

export const requestSchema = z.object({ id: z.int(), ask: askSchema });

export const messageSchema = z.union([
  z.object({ id: z.int(), ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ id: z.int(), ok: z.literal(false), message: z.string() }),
  z.object({ exited: z.string(), pid: z.int(), exit: z.string(), expected: z.boolean() }),
]);

export const preparedSchema = z.object({
  places: z.array(z.object({ name: z.string(), host: z.string(), port: z.int(), dataDirectory: z.string() })),
  /** The harness's address as the host sees it. */
  harness: z.string(),
});

export const statusSchema = z.object({
  state: z.enum(['running', 'paused', 'exited', 'absent']),
  pid: z.int().exactOptional(),
  exit: z.string().exactOptional(),
});

export const recoverySchema = z.object({ ended: z.int(), left: z.array(z.string()) });

export type Ask = z.infer<typeof askSchema>;
export type AgentRequest = z.infer<typeof requestSchema>;
export type AgentMessage = z.infer<typeof messageSchema>;

/** The agent ends everything when it has heard nothing for so long: a broken connection may take hours to show by itself. */
export const silenceMs = 45_000;
export const pingMs = 5_000;
