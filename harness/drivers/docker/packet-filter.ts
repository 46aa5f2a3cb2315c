/**
 * Packet filters inside a node's own network: each cut is a chain of rules that drop what the node exchanges with some proxies of the
 * harness. Pure: from what is wanted to the script that makes it so, whatever was there before.
 */
import type { EdgeCut } from '../types.ts';

export interface FilterRule extends Pick<EdgeCut, 'half'> {
  /** Where the node's calls on this edge go. */
  readonly host: string;
  readonly port: number;
}

/** Cut → its rules in one node. */
export type Cuts = ReadonlyMap<string, readonly FilterRule[]>;

/** Chains of ours, and of nobody else. */
const prefix = 'SEAMPROOF-';

export function chainOf(cut: string): string {
  return `${prefix}${cut}`;
}

/** For `sh`. Run twice it changes nothing the second time, counters included. */
export function filterScript(wanted: Cuts): string {
  const chains = [...wanted.keys()].map(chainOf);
  return [
    'set -e',
    `present=$(iptables -w -S | sed -n 's/^-N \\(${prefix}[^ ]*\\)$/\\1/p')`,
    'for chain in $present; do',
    `  case " ${chains.join(' ')} " in *" $chain "*) continue;; esac`,
    '  iptables -w -D OUTPUT -j "$chain"; iptables -w -D INPUT -j "$chain"; iptables -w -F "$chain"; iptables -w -X "$chain"',
    'done',
    ...[...wanted].flatMap(([cut, rules]) => [
      `if ! iptables -w -n -L ${chainOf(cut)} >/dev/null 2>&1; then`,
      `  iptables-restore -w --noflush <<'RULES'`,
      '*filter',
      `:${chainOf(cut)} - [0:0]`,
      ...rules.flatMap((rule) => rulesFor(rule).map((words) => `-A ${chainOf(cut)} ${words} -j DROP`)),
      `-I OUTPUT -j ${chainOf(cut)}`,
      `-I INPUT -j ${chainOf(cut)}`,
      'COMMIT',
      'RULES',
      'fi',
    ]),
  ].join('\n');
}

/** What the node sends goes to the proxy's port, what it hears comes from there. Only the latter is lost with the responses. */
function rulesFor({ host, port, half }: FilterRule): readonly string[] {
  const heard = `-p tcp -s ${host} --sport ${port}`;
  return half === 'response' ? [heard] : [`-p tcp -d ${host} --dport ${port}`, heard];
}

/** For `sh`; prints one number. */
export function countScript(cut: string): string {
  return `iptables -w -n -v -x -L ${chainOf(cut)} 2>/dev/null | awk '$3 == "DROP" { sum += $1 } END { print sum + 0 }'`;
}
