/** Configuration: what may be set, how it is spelled, and what the exit status means. Pure; the command line does the reading. */
export type { BugEntry, Catalogue, CatalogueEntry, NemesisEntry, NemesisOptionValue } from './catalogue.ts';
export { defaults } from './defaults.ts';
export { defineConfig } from './define-config.ts';
export { durationSyntax, formatDuration, parseDurationMs } from './duration.ts';
export { describeExitCodes, type ExitCode, type ExitCodeName, exitCodeForVerdict, exitCodes, worstExitCode } from './exit-codes.ts';
export { describeHost, type SshConfig, type SshHost, sshHostSchema, sshSchema } from './hosts.ts';
export { replayCommand } from './replay-command.ts';
export { type ResolveOptions, resolveConfig, resolveReporters, type ScheduleSettings } from './resolve.ts';
export { type NemesisChoice, type ResolvedConfig, resolvedConfigSchema } from './resolved.ts';
export {
  environmentNameOf,
  flagOf,
  type Setting,
  type SettingKey,
  settingGroups,
  settingKeys,
  settings,
  type UserConfig,
} from './settings.ts';
export { suggest } from './suggest.ts';
export { describeUsageError, UsageError, type UsageErrorCode, type UsageProblem } from './usage-error.ts';
