/**
 * An order is written back as it was when it was read, over whatever a customer did meanwhile. Lost updates of this kind ruined the Flexcoin
 * exchange in 2014; Warszawski and Bailis found 22 in twelve popular shops ("ACIDRain", SIGMOD 2017).
 */
import type { Bug } from './bug.ts';

export const lostUpdate: Bug = {
  name: 'lost-update',
  description: 'The leader writes an order back as it remembers it, so a cancellation that came meanwhile is undone.',
  nemesis: 'latency:from=order:to=payment:responseMs=700:durationMs=10000',
  workload: 'orders',
  caughtBy: 'saga',
  apply: (components) => ({ ...components, sagaRules: { ...components.sagaRules, basis: (known) => known } }),
};
