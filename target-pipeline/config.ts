/** A node's configuration, from its environment. Everything has a default but who it is and whom it talks to. */
import { z } from 'zod';

export const roles = ['replica', 'order', 'payment', 'inventory'] as const;
type Role = (typeof roles)[number];

/** `name=url,name=url` */
const peers = z
  .string()
  .transform((text, context) => {
    const found = new Map<string, string>();
    for (const part of text.split(',').filter((one) => one !== '')) {
      const [name, url] = part.split(/=(.*)/s);
      if (name === undefined || url === undefined || !URL.canParse(url)) {
        context.addIssue({ code: 'custom', message: `expected name=url pairs separated by commas, got ${JSON.stringify(part)}` });
        return z.NEVER;
      }
      found.set(name, url.replace(/\/$/, ''));
    }
    return found as ReadonlyMap<string, string>;
  })
  .default(new Map());

/** `sku=units,sku=units`; `sku-1..50=1000` stands for fifty of them. */
const catalogue = z.string().transform((text, context) => {
  const found = new Map<string, number>();
  for (const part of text.split(',').filter((one) => one !== '')) {
    const match = /^(.+?)(\d+)\.\.(\d+)=(\d+)$/.exec(part) ?? /^(.+)=(\d+)$/.exec(part);
    if (match === null) {
      context.addIssue({
        code: 'custom',
        message: `expected sku=units or sku-1..50=units, separated by commas, got ${JSON.stringify(part)}`,
      });
      return z.NEVER;
    }
    if (match.length === 3) found.set(match[1] ?? '', Number(match[2]));
    else for (let number = Number(match[2]); number <= Number(match[3]); number += 1) found.set(`${match[1]}${number}`, Number(match[4]));
  }
  return found as ReadonlyMap<string, number>;
});

const positiveInt = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const schema = z.object({
  NODE_NAME: z.string().regex(/^[\w-]{1,64}$/, 'expected letters, digits, dashes and underscores'),
  ROLE: z.enum(roles),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535),
  /** Where a replica keeps its log. */
  DATA_DIR: z.string().optional(),
  REPLICA_URLS: peers,
  ORDER_URLS: peers,
  PAYMENT_URLS: peers,
  INVENTORY_URLS: peers,
  READ_QUORUM: positiveInt(2),
  WRITE_QUORUM: positiveInt(2),
  LEASE_MS: positiveInt(2000),
  /** How the stock is kept: in quorum registers, or by each instance for itself, exchanged afterwards. */
  INVENTORY_CONSISTENCY: z.enum(['linearizable', 'eventual']).default('linearizable'),
  CATALOGUE: catalogue.default(new Map([...Array(50).keys()].map((index) => [`sku-${index + 1}`, 1_000_000]))),
  REQUEST_TIMEOUT_MS: positiveInt(4000),
  REPLICA_TIMEOUT_MS: positiveInt(1000),
  STEP_TIMEOUT_MS: positiveInt(3000),
  SWEEP_MS: positiveInt(2000),
  PAYMENT_CONCURRENCY: positiveInt(16),
  PAYMENT_QUEUE: positiveInt(64),
  PAYMENT_WORK_MS: positiveInt(5),
  DECLINE_ABOVE_CENTS: positiveInt(2 ** 30),
  RETENTION_MS: positiveInt(120_000),
  COMPACT_BYTES: positiveInt(16 * 1024 * 1024),
  BUG: z.string().optional(),
  /** Lets whoever knows it break this node's clock and disk, over `/faults`. */
  FAULT_KEY: z.string().min(16, 'expected at least 16 characters, or nothing').optional(),
});

export type NodeConfig = z.infer<typeof schema>;

type Named = 'REPLICA_URLS' | 'ORDER_URLS' | 'PAYMENT_URLS' | 'INVENTORY_URLS';
/** Whom a role can't do without. */
const needed: Readonly<Record<Role, readonly Named[]>> = {
  replica: [],
  order: ['REPLICA_URLS', 'ORDER_URLS', 'PAYMENT_URLS', 'INVENTORY_URLS'],
  payment: ['REPLICA_URLS'],
  inventory: ['REPLICA_URLS'],
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Throws `ConfigError` that names every variable that is wrong and what was expected. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): NodeConfig {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  const config = parsed.data;
  const missing = needed[config.ROLE].filter((name) => config[name].size === 0);
  const problems = missing.map(
    (name) => `${name}: a node with ROLE=${config.ROLE} needs at least one, as name=url pairs separated by commas`,
  );
  if (config.INVENTORY_CONSISTENCY === 'eventual' && config.ROLE === 'inventory') {
    if (config.DATA_DIR === undefined) problems.push('DATA_DIR: an inventory node that keeps stock itself needs a directory for its log');
    if (config.ORDER_URLS.size === 0)
      problems.push('ORDER_URLS: an inventory node that keeps stock itself needs the order nodes, to cancel what was sold twice');
  }
  if (config.ROLE === 'replica' && config.DATA_DIR === undefined) problems.push('DATA_DIR: a replica needs a directory for its log');
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return config;
}
