import { html } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import type { PlaceHints } from '../terminal/place-hints.ts';
import { visiblePage } from './visible-page.ts';

export const STYLE_PATH = '/style.css';
export const SCRIPT_PATH = '/live.js';

/** Where the fleet lives. */
export interface Place {
  /** The home or stack, as messages call it. */
  title: string;
  /** Makes the commands in a text work at the terminal that serves the pages. */
  hints: PlaceHints;
}

interface UiPage {
  title: string;
  place: Place;
  body: Html;
  /** Leads on at once. */
  refreshTo?: string;
}

/** Lays out a page of `tokens ui`. */
export function layOutUi({ title, place, body, refreshTo }: UiPage): Html {
  return visiblePage(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Token Rotator</title>
<link rel="icon" href="data:,">
${refreshTo === undefined ? '' : html`<meta http-equiv="refresh" content="${`0;url=${refreshTo}`}">`}
<link rel="stylesheet" href="${STYLE_PATH}">
<script src="${SCRIPT_PATH}" defer></script>
</head>
<body>
<header><div><strong><a href="/">Token Rotator</a></strong> <span class="soft">${place.title}</span></div></header>
<main>
${body}
</main>
</body>
</html>`);
}
