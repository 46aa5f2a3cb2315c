/** A tooltip that only ever sets text: what it shows may come from a hostile log. */
let box;

export function tooltipHandler(_handler, event, _item, value) {
  box ??= createBox();
  if (value === null || value === undefined || value === '') {
    box.hidden = true;
    return;
  }
  const entries = typeof value === 'object' ? Object.entries(value) : [['', value]];
  box.replaceChildren(...entries.map(([name, text]) => line(name, text)));
  box.hidden = false;
  const { innerWidth, innerHeight } = window;
  const left = event.clientX + 14 + box.offsetWidth > innerWidth ? event.clientX - 14 - box.offsetWidth : event.clientX + 14;
  const top = event.clientY + 14 + box.offsetHeight > innerHeight ? event.clientY - 14 - box.offsetHeight : event.clientY + 14;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

function createBox() {
  const created = document.createElement('div');
  created.className = 'tooltip';
  created.setAttribute('role', 'tooltip');
  document.body.append(created);
  addEventListener(
    'scroll',
    () => {
      created.hidden = true;
    },
    { passive: true },
  );
  return created;
}

function line(name, text) {
  const row = document.createElement('div');
  const label = document.createElement('span');
  label.textContent = name;
  const figure = document.createElement('b');
  figure.textContent = String(text);
  row.append(label, figure);
  return row;
}
