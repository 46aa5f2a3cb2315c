/** Paper can't be unfolded: what is folded is opened for print and folded again after. The long tables behind charts stay folded. */
export function unfoldForPrint() {
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open]):not([data-table])')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
