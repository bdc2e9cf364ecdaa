import { html } from 'hono/html';
import { pageStylePath } from './page-style.ts';

/** A piece of HTML whose texts are escaped. */
export type Html = ReturnType<typeof html>;

/** Names who asks the client, shown at the top and at the end of each page. */
export interface House {
  /** The operator's name. */
  title: string;
  /** A mail address, a web address or a text such as a phone number; null: none. */
  contact: string | null;
  /** A data URI of a PNG or SVG image; null: none. */
  logo: string | null;
}

interface Page {
  title: string;
  body: Html;
  /** Leads on, or asks again, without a script. */
  refresh?: { afterSeconds: number; url?: string };
}

/** Lays a page out, with the house's name and logo, one card, and whom to ask. */
export function layOut(house: House, { title, body, refresh }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<link rel="icon" href="data:,">
${refresh ? html`<meta http-equiv="refresh" content="${refreshText(refresh)}">` : ''}
<link rel="stylesheet" href="${pageStylePath}">
</head>
<body>
<header>${house.logo ? html`<img src="${house.logo}" alt="">` : ''}<span>${house.title}</span></header>
<main><div class="card">
${body}
</div></main>
<footer>${contactLine(house)}</footer>
</body>
</html>`;
}

function refreshText({ afterSeconds, url }: NonNullable<Page['refresh']>): string {
  return url === undefined ? String(afterSeconds) : `${afterSeconds};url=${url}`;
}

function contactLine({ title, contact }: House): Html {
  return contact === null
    ? html`<p>Questions? Ask the person who sent you the link.</p>`
    : html`<p>Questions? Ask ${title}: ${contactText(contact)}</p>`;
}

function contactText(contact: string): Html {
  if (/^[^\s@:/]+@[^\s@:/]+$/.test(contact)) {
    return html`<a href="mailto:${contact}">${contact}</a>`;
  }
  if (/^https:\/\//.test(contact)) {
    return html`<a href="${contact}">${contact}</a>`;
  }
  return html`${contact}`;
}
