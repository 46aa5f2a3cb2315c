/** A container engine for tests that need one, and what of ours it holds. */
import { execFileSync } from 'node:child_process';

/** `docker …`; throws with what it said when it fails. */
export function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/**
 * Whether containers can be started, after saying so if they can't. With `CI_REQUIRE_ALL=1` that is an error: a check that silently didn't run
 * must not look like one that passed.
 */
export function hasEngine(): boolean {
  try {
    docker('version', '--format', '{{.Server.Version}}');
    return true;
  } catch {
    const advice = '`scripts/container-engine.sh up` installs and starts one';
    if (process.env['CI_REQUIRE_ALL'] === '1') throw new Error(`CI_REQUIRE_ALL=1, but no container engine answers: ${advice}`);
    console.warn(`Skipped: the tests of --driver docker need a container engine (${advice}).`);
    return false;
  }
}

/** Containers, networks and volumes with the label of any run. */
export function labelledThings(): readonly string[] {
  const label = 'label=seamproof.run';
  return [
    docker('ps', '--all', '--filter', label, '--format', '{{.Names}}'),
    docker('network', 'ls', '--filter', label, '--format', '{{.Name}}'),
    docker('volume', 'ls', '--filter', label, '--format', '{{.Name}}'),
  ].flatMap((lines) => lines.split('\n').filter((line) => line !== ''));
}
