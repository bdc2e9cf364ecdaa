import { createHash } from 'node:crypto';

/** Holds the stylesheet of the connect pages, light and dark, from 320 pixels wide. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f6f3; --card: #ffffff; --ink: #1d2126; --soft: #565e68;
  --line: #d9dbd6; --accent: #14568c; --on-accent: #ffffff;
  --good: #1b6b3a; --bad: #a3271e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --card: #1e2329; --ink: #eceff2; --soft: #a9b2bc;
    --line: #39414a; --accent: #8cc4f2; --on-accent: #10202e;
    --good: #7fd6a0; --bad: #ff9d92;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header, footer { max-width: 34rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; align-items: center; gap: .75rem; padding-top: 1.5rem; font-weight: 600; }
header img { max-height: 2.5rem; max-width: 10rem; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  margin: 1.25rem 0; padding: 1.5rem 1.25rem; overflow-wrap: anywhere;
}
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 .75rem; }
h1.good { color: var(--good); }
h1.bad { color: var(--bad); }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p, ol, ul, blockquote, details, form { margin: 0 0 1rem; }
.card > :last-child { margin-bottom: 0; }
ol, ul { padding-left: 1.4rem; }
blockquote { border-left: 3px solid var(--accent); padding: .25rem 0 .25rem 1rem; }
.soft, footer { color: var(--soft); font-size: .9375rem; }
footer { padding-bottom: 2rem; }
a { color: var(--accent); }
code { font-size: .875em; }
summary { cursor: pointer; }
button, .button {
  display: block; width: 100%; min-height: 3rem; padding: .75rem 1rem;
  border: 0; border-radius: .5rem; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
@media (forced-colors: active) { button, .button { border: 1px solid; } }
`.trim();

/** Changes with the text, so that browsers may keep the sheet for a year. */
export const pageStylePath = `/style-${createHash('sha256').update(pageStyle).digest('hex').slice(0, 12)}.css`;
