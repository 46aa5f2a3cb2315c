/**
 * Every reporter, one line each. Loaded only when asked for, since drawing charts costs a second of start-up that a plain run need not pay.
 */
import type { Reporter } from './types.ts';

interface ReporterEntry {
  /** For `--help`: what it makes and where it goes. */
  readonly description: string;
  load(): Promise<Reporter>;
}

export const reporters = {
  list: { description: 'the verdict for people, on standard output', load: async () => (await import('./list.ts')).listReporter },
  json: { description: 'one JSON object on standard output', load: async () => (await import('./json.ts')).jsonReporter },
  junit: { description: 'junit.xml in the run directory, for CI', load: async () => (await import('./junit.ts')).junitReporter },
  markdown: {
    description: 'report.md in the run directory, for a comment or a wiki',
    load: async () => (await import('./markdown.ts')).markdownReporter,
  },
  github: {
    description: 'annotations and the summary of the step, for GitHub Actions',
    load: async () => (await import('./github.ts')).githubReporter,
  },
  html: {
    description: 'report.html in the run directory, one file with charts',
    load: async () => (await import('./html/index.ts')).htmlReporter,
  },
} as const satisfies Record<string, ReporterEntry>;

export type ReporterName = keyof typeof reporters;
