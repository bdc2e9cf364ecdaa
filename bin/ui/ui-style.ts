/**
 * Holds the stylesheet of `tokens ui` and of the static picture, light and dark, from 320 pixels.
 */
export const uiStyle = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f7; --card: #fff; --ink: #1b2026; --soft: #58616b; --line: #dde1e5;
  --accent: #14568c; --on-accent: #fff; --tint: #eef3f8;
  --good: #1b6b3a; --waiting: #7a5300; --bad: #a3271e; --off: #58616b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --card: #1d2228; --ink: #eceff2; --soft: #a7b0ba; --line: #343c45;
    --accent: #8cc4f2; --on-accent: #10202e; --tint: #232c36;
    --good: #7fd6a0; --waiting: #f0c263; --bad: #ff9d92; --off: #a7b0ba;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding-bottom: 2rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
}
header { background: var(--card); border-bottom: 1px solid var(--line); }
header > div, main { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header > div {
  display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline;
  padding-top: .875rem; padding-bottom: .875rem; overflow-wrap: anywhere;
}
header a { color: inherit; text-decoration: none; }
header a:hover { text-decoration: underline; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: 1.5rem 0 1rem; overflow-wrap: anywhere; }
h1 .soft { font-weight: 400; }
h2 { font-size: 1.0625rem; margin: 0 0 .875rem; }
h3 { font-size: .9375rem; margin: 1.25rem 0 .5rem; }
p { margin: 0 0 .5rem; }
p.back { margin: 1.25rem 0 0; }
p.back + h1 { margin-top: .25rem; }
p.big { font-size: 1.25rem; }
p.next { background: var(--tint); border-radius: .5rem; padding: .625rem .75rem; }
a { color: var(--accent); text-underline-offset: .15em; }
.soft { color: var(--soft); }
.cards {
  display: grid; gap: 1.25rem; margin-bottom: 1.25rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
}
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.25rem; margin-bottom: 1.25rem; overflow-wrap: anywhere;
}
.cards > .card { margin-bottom: 0; }
.card > :last-child, .card > :last-child > :last-child { margin-bottom: 0; }
.scroll { overflow-x: auto; }
ul { margin: 0 0 .75rem; padding-left: 1.2rem; }
ul.plain, ul.tiles, ul.todo { list-style: none; padding: 0; }
ul.tiles { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 1rem 0; }
ul.tiles b { display: block; font-size: 1.75rem; line-height: 1.2; font-weight: 600; }
ul.tiles a { display: block; color: inherit; text-decoration: none; }
ul.tiles a:hover .state { text-decoration: underline; }
ul.todo > li { padding: .75rem 0; border-top: 1px solid var(--line); }
ul.todo > li:first-child { padding-top: 0; border-top: 0; }
ul.todo > li:last-child { padding-bottom: 0; }
ul.todo p { margin: 0 0 .125rem; }
ul.todo a { color: inherit; }
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .375rem 1rem; margin: 0; }
p + dl { margin-top: 1rem; }
dl.dates { grid-template-columns: max-content 1fr; }
dt { color: var(--soft); }
dd { margin: 0; }
svg { display: block; width: 100%; }
svg.share { height: .625rem; border-radius: .3125rem; }
svg.ends { max-width: 30rem; }
svg rect.good, svg rect { fill: var(--good); }
svg rect.waiting { fill: var(--waiting); } svg rect.bad { fill: var(--bad); }
svg rect.off { fill: var(--line); } svg rect.none { fill: var(--line); }
svg text { fill: var(--ink); font-size: 11px; text-anchor: middle; }
svg text.soft { fill: var(--soft); font-size: 10px; }
table { border-collapse: collapse; width: 100%; }
th, td {
  text-align: left; vertical-align: top;
  padding: .625rem 1rem .625rem 0; border-bottom: 1px solid var(--line);
}
thead th { color: var(--soft); font-size: .875rem; font-weight: 600; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-weight: 600; }
tbody th span { display: block; font-weight: 400; font-size: .875rem; color: var(--soft); }
.state { font-weight: 600; white-space: nowrap; }
.state::before { content: "● "; }
.good { color: var(--good); } .waiting { color: var(--waiting); }
.bad { color: var(--bad); } .off { color: var(--off); }
.waiting::before { content: "◐ "; } .bad::before { content: "▲ "; } .off::before { content: "○ "; }
form.filter, .buttons {
  display: flex; flex-wrap: wrap; gap: .625rem; align-items: end; margin: 0 0 1rem;
}
form.filter label { display: grid; gap: .125rem; font-size: .875rem; color: var(--soft); }
form.filter a { line-height: 2.5rem; }
input, select, button {
  font: inherit; color: var(--ink); min-height: 2.5rem; padding: .375rem .75rem;
  border: 1px solid var(--line); border-radius: .5rem; background: var(--card);
}
form.filter select { max-width: 14rem; text-overflow: ellipsis; }
button {
  background: var(--accent); color: var(--on-accent);
  border-color: transparent; font-weight: 600; cursor: pointer;
}
button.plain { background: transparent; color: var(--accent); border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
nav.pages { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0 0; color: var(--soft); }
@media (max-width: 44rem) {
  header > div, main { padding-left: 1rem; padding-right: 1rem; }
  .card { padding: 1rem; }
  form.filter label, form.filter input, form.filter select { width: 100%; max-width: none; }
  form.filter label { flex: 1 1 8rem; }
  ul.tiles { gap: .25rem 1.25rem; }
  ul.tiles b { display: inline; font-size: 1.125rem; }
  dl, dl.dates { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  table.stacked thead { position: absolute; clip-path: inset(50%); }
  table.stacked tr {
    display: block; padding: .75rem 0; border-bottom: 1px solid var(--line);
  }
  table.stacked tbody tr:last-child { border-bottom: 0; }
  table.stacked tr > * { display: inline; padding: 0; border: 0; }
  table.stacked tr > th { display: block; }
  table.stacked th span { display: inline; margin-left: .5rem; }
  table.stacked td[data-label] { font-size: .875rem; color: var(--soft); }
  table.stacked td[data-label]::before { content: " · " attr(data-label) " "; }
}
@media print { form, nav { display: none; } }
`.trim();
