/** Tables travel by column; Vega wants rows. */
export function rows(table) {
  const columns = Object.entries(table);
  const count = Math.max(0, ...columns.map(([, values]) => values.length));
  return Array.from({ length: count }, (_unused, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])));
}
