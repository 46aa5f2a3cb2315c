/** The data behind each chart as a table, made when its fold is first opened. */
import { rows } from './rows.js';

export function offerTables({ tables }) {
  for (const details of document.querySelectorAll('details[data-table]')) {
    details.hidden = false;
    details.addEventListener('toggle', () => fill(details, tables[details.dataset.table]), { once: true });
  }
}

function fill(details, table) {
  const names = Object.keys(table);
  const element = document.createElement('table');
  const head = element.createTHead().insertRow();
  for (const name of names) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = name;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows(table)) {
    const line = body.insertRow();
    for (const name of names) line.insertCell().textContent = row[name] === null ? '–' : String(row[name]);
  }
  const frame = document.createElement('div');
  frame.className = 'scroll tall';
  frame.tabIndex = 0;
  frame.append(element);
  details.append(frame);
}
