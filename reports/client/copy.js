/** A button beside each command that puts it on the clipboard; where the page may not, there is no button. */
export function offerCopying() {
  if (navigator.clipboard === undefined) return;
  for (const command of document.querySelectorAll('[data-copy]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(command.querySelector('code').textContent);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Select and copy by hand';
      }
    });
    command.append(button);
  }
}
