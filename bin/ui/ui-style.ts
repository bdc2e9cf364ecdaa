/** The one stylesheet of `tokens ui` and of the static picture. Light and dark, from 320 pixels. */
export const uiStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f3; --card: #fff; --ink: #1d2126; --soft: #565e68; --line: #d9dbd6;
  --accent: #14568c; --on-accent: #fff;
  --good: #1b6b3a; --waiting: #7a5300; --bad: #a3271e; --off: #565e68;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --card: #1e2329; --ink: #eceff2; --soft: #a9b2bc; --line: #39414a;
    --accent: #8cc4f2; --on-accent: #10202e;
    --good: #7fd6a0; --waiting: #f0c263; --bad: #ff9d92; --off: #a9b2bc;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding-top: 1rem; }
header strong { font-size: 1.125rem; }
h1 { font-size: 1.375rem; margin: 1rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; margin: 0 0 .5rem; }
p { margin: 0 0 .75rem; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .625rem;
  padding: 1rem; margin-bottom: 1rem; overflow-wrap: anywhere;
}
.card > :last-child, .card > :last-child > :last-child { margin-bottom: 0; }
.scroll { overflow-x: auto; }
ul { margin: 0 0 .75rem; padding-left: 1.2rem; }
ul.plain { list-style: none; padding: 0; }
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .25rem 1rem; margin: 0 0 .75rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.meters { display: grid; grid-template-columns: max-content 1fr max-content; gap: .25rem .75rem; align-items: center; }
meter { width: 100%; height: .75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
.state { font-weight: 600; white-space: nowrap; }
.state::before { content: "● "; }
.good { color: var(--good); } .waiting { color: var(--waiting); }
.bad { color: var(--bad); } .off { color: var(--off); }
.waiting::before { content: "◐ "; } .bad::before { content: "▲ "; } .off::before { content: "○ "; }
form.filter, .buttons { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem; }
form.filter label { display: grid; font-size: .875rem; color: var(--soft); }
input, select, button {
  font: inherit; color: inherit; min-height: 2.5rem; padding: .375rem .75rem;
  border: 1px solid var(--line); border-radius: .375rem; background: var(--card);
}
button { background: var(--accent); color: var(--on-accent); border-color: transparent; font-weight: 600; cursor: pointer; }
button.plain { background: transparent; color: var(--accent); border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav.pages { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
@media print { form, nav { display: none; } }
`.trim();
