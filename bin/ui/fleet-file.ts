import { html, raw } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import { figuresView } from './fleet-parts.ts';
import type { FleetSnapshot } from './fleet-snapshot.ts';
import { tenantTable } from './fleet-table.ts';
import type { Place } from './ui-layout.ts';
import { uiStyle } from './ui-style.ts';
import { visiblePage } from './visible-page.ts';

/** Returns the fleet's picture as one file, for people without access. It shows every tenant. */
export function fleetFile(place: Place, snapshot: FleetSnapshot): Html {
  const { at, tenants } = snapshot;
  const rows = [...tenants].sort((a, b) =>
    a.tenant.localeCompare(b.tenant, 'en', { numeric: true }),
  );
  return layOutFile(
    place,
    html`<h1>Fleet on ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC</h1>
${figuresView(snapshot, null, place)}
<section class="card">
<h2>Tenants</h2>
${tenantTable(rows, at, (tenant) => html`${tenant}`)}
</section>`,
  );
}

/** Lays out a page that is one file, without script, form or outside request. */
function layOutFile({ title }: Place, body: Html): Html {
  return visiblePage(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Fleet – Token Rotator</title>
<link rel="icon" href="data:,">
<style>${raw(uiStyle)}</style>
</head>
<body>
<header><div><strong>Token Rotator</strong> <span class="soft">${title}</span></div></header>
<main>
${body}
</main>
</body>
</html>`);
}
