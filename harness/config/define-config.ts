import type { UserConfig } from './settings.ts';

/** Gives `harness.config.ts` types and completion. Returns its argument. */
export function defineConfig(config: UserConfig): UserConfig {
  return config;
}
