/** The names a configuration may use. The command line fills it from the registries, so that configuration knows none of them. */

export interface CatalogueEntry {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
}

export type NemesisOptionValue = string | number | boolean;

type OptionEntries = Readonly<Record<string, { readonly default: NemesisOptionValue; readonly description: string }>>;

export interface NemesisEntry extends CatalogueEntry {
  readonly provenBy: string;
  readonly options: OptionEntries;
  /** Can the same fault be run against unbound retries, for the contrast? */
  readonly hasControl?: boolean;
  /** What a run with it needs where nobody said otherwise. */
  readonly needs?: { readonly timeMs?: number; readonly targetOptions?: Readonly<Record<string, NemesisOptionValue>> };
}

export interface TargetEntry extends CatalogueEntry {
  readonly options?: OptionEntries;
}

export interface BugEntry extends CatalogueEntry {
  /** The nemesis and workload under which it shows, as their flags take them. */
  readonly nemesis: string;
  readonly workload: string;
  /** What else the run needs, by flag. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The checker that must notice it. */
  readonly caughtBy: string;
}

export interface Catalogue {
  readonly targets: readonly TargetEntry[];
  readonly workloads: readonly CatalogueEntry[];
  readonly nemeses: readonly NemesisEntry[];
  readonly checkers: readonly CatalogueEntry[];
  readonly bugs: readonly BugEntry[];
  readonly drivers: readonly CatalogueEntry[];
  readonly reporters: readonly CatalogueEntry[];
}
