import { html } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import type { FleetTenant } from './fleet-snapshot.ts';

/** Shows tenants as a table. `nameOf` makes what is shown for a name, such as a link. */
export function tenantTable(
  rows: readonly FleetTenant[],
  now: number,
  nameOf: (tenant: string) => Html,
): Html {
  if (rows.length === 0) {
    return html`<p>No tenant is meant by this filter.</p>`;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Tenants">
<table class="stacked">
<thead><tr>${heads('Tenant', 'State', 'Provider', 'Token ends', 'Last rotated', 'Tags')}</tr></thead>
<tbody>${rows.map((row) => tableRow(row, now, nameOf(row.tenant)))}</tbody>
</table></div>`;
}

/** Returns the heads of a table's columns. */
export function heads(...titles: readonly string[]): Html[] {
  return titles.map((title) => html`<th scope="col">${title}</th>`);
}

function tableRow(row: FleetTenant, now: number, name: Html): Html {
  const { title, provider, expires_at, rotated_at, tags } = row;
  const ends = expires_at === null ? '' : untilText(Date.parse(expires_at), now);
  const rotated = rotated_at === null ? 'never' : agoText(Date.parse(rotated_at), now);
  return html`<tr><th scope="row">${name}${title === null ? '' : html`<span>${title}</span>`}</th>
<td>${stateMark(row)}</td>
${labelled('Provider', provider ?? '')}${labelled('Token ends', ends)}
${labelled('Last rotated', rotated)}${labelled('Tags', tags.join(', '))}</tr>`;
}

/** Shows a state by colour, sign and word. */
export function stateMark({ state, kind }: Pick<FleetTenant, 'state' | 'kind'>): Html {
  return html`<span class="state ${kind}">${stateText(state)}</span>`;
}

/** On a narrow screen each cell says what it is. */
function labelled(label: string, text: string): Html {
  return text === '' ? html`<td></td>` : html`<td data-label="${label}">${text}</td>`;
}

/** Returns the cells of a row. */
export function cells(...texts: readonly (string | number)[]): Html[] {
  return texts.map((text) => html`<td>${text}</td>`);
}

/** Returns a text of less weight, with a space before it. Returns nothing for null. */
export function softText(text: string | null): Html | '' {
  return text === null ? '' : html` <span class="soft">${text}</span>`;
}

/** Returns a state in words. */
export function stateText(state: string): string {
  return state.replaceAll('_', ' ');
}
