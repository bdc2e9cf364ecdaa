import { html } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import { figuresView } from './fleet-parts.ts';
import { type FleetQuery, type FleetSlice, fleetAddress, selectTenants } from './fleet-query.ts';
import type { FleetSnapshot } from './fleet-snapshot.ts';
import { stateText, tenantTable } from './fleet-table.ts';
import { layOutUi, type Place } from './ui-layout.ts';

/**
 * Returns the fleet's page, with figures, what to do, what ends when, and the tenants that a query
 * asks for.
 */
export function fleetPage(place: Place, snapshot: FleetSnapshot, query: FleetQuery): Html {
  const slice = selectTenants(snapshot.tenants, query);
  const { at } = snapshot;
  return layOutUi({
    title: 'Fleet',
    place,
    body: html`<h1>Fleet</h1>
<div id="figures" data-live>${figuresView(snapshot, query, place)}</div>
<section class="card">
<h2>Tenants</h2>
${filterForm(snapshot, query)}
<div id="tenants" data-live>
${tenantTable(slice.rows, at, (tenant) => html`<a href="/tenants/${tenant}">${tenant}</a>`)}
${pageLinks(slice, query)}
</div>
</section>`,
  });
}

function filterForm({ tenants }: FleetSnapshot, query: FleetQuery): Html {
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  const states = distinct(tenants.map(({ state }) => state));
  const providers = distinct(tenants.flatMap(({ provider }) => provider ?? []));
  const tags = distinct(tenants.flatMap((tenant) => tenant.tags));
  const sorts = Object.entries(SORTS).map(([key, label]) => option(key, label, query.sort));
  return html`<form class="filter" method="get" action="/">
<label>Search <input type="search" name="q" value="${query.text}"></label>
${choice('State', 'state', states, query.state)}
${choice('Provider', 'provider', providers, query.provider)}
${tags.length === 0 ? '' : choice('Tag', 'tag', tags, query.tag)}
<label>Sort by <select name="sort">${sorts}</select></label>
<button>Show</button> <a href="/">All</a>
</form>`;
}

const SORTS = {
  state: 'state',
  name: 'name',
  ends: 'end of token',
  rotated: 'last rotation',
};

function choice(label: string, name: string, values: readonly string[], chosen: string): Html {
  const options = values.map((value) => option(value, stateText(value), chosen));
  return html`<label>${label}
<select name="${name}">${option('', 'any', chosen)}${options}</select></label>`;
}

function option(value: string, label: string, chosen: string): Html {
  return value === chosen
    ? html`<option value="${value}" selected>${label}</option>`
    : html`<option value="${value}">${label}</option>`;
}

function pageLinks({ total, page, pages }: FleetSlice, query: FleetQuery): Html {
  const link = (to: number, label: string) =>
    to < 1 || to > pages ? '' : html`<a href="${fleetAddress(query, { page: to })}">${label}</a>`;
  return html`<nav class="pages" aria-label="Pages">
<span>${total} found, page ${page} of ${pages}</span>
${link(page - 1, 'Earlier')} ${link(page + 1, 'Later')}
</nav>`;
}
