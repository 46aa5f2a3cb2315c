/** A table by columns: what charts are drawn from and what is embedded in the page. A third the size of rows, and nothing repeats. */
export type Cell = string | number | null;
export type Table<Column extends string = string> = Readonly<Record<Column, readonly Cell[]>>;
