/**
 * Holds the script of `tokens ui`. It reads the page again every 5 seconds while somebody looks,
 * and while a filter is typed. Without it everything works by links and buttons.
 */
export const uiScript = `
const PARTS = '[data-live]';
let asked = 0;

async function renew(address) {
  const mine = ++asked;
  const reply = await fetch(address, { headers: { 'x-live': '1' } }).catch(() => null);
  if (!reply || !reply.ok || mine !== asked) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html');
  for (const part of document.querySelectorAll(PARTS)) {
    const now = fresh.getElementById(part.id);
    const isUsed = part.contains(document.activeElement) && document.activeElement !== document.body;
    if (now && !isUsed && now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
  }
}

setInterval(() => {
  if (document.visibilityState === 'visible') renew(location.href);
}, 5000);

const filter = document.querySelector('form.filter');
if (filter) {
  let timer;
  filter.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const said = [...new FormData(filter)].filter(([, value]) => value !== '');
      const address = '/?' + new URLSearchParams(said);
      history.replaceState(null, '', address);
      renew(address);
    }, 120);
  });
}
`.trim();
