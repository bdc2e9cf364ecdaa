import { html } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import { type FleetFigures, figuresOf, stateText } from './fleet-figures.ts';
import { type FleetQuery, fleetAddress } from './fleet-query.ts';
import type { FleetShard, FleetSnapshot, FleetTenant } from './fleet-snapshot.ts';

/** The fleet in one look. With a query, each state leads to its tenants. */
export function figuresView(snapshot: FleetSnapshot, query: FleetQuery | null): Html {
  const { tenants, shards, at } = snapshot;
  const { states, toDo, ends } = figuresOf(snapshot);
  return html`<div class="cards">
<section class="card"><h2>${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}</h2>
${stateList(states, query)}${shardList(shards, at)}</section>
<section class="card"><h2>What to do</h2>${toDoList(toDo)}</section>
<section class="card"><h2>When access tokens end</h2>${endMeters(ends)}</section>
</div>`;
}

function stateList(states: FleetFigures['states'], query: FleetQuery | null): Html {
  const line = ({ state, kind, count }: FleetFigures['states'][number]) => {
    const label = html`<span class="state ${kind}">${stateText(state)}</span>`;
    const shown = query
      ? html`<a href="${fleetAddress(query, { state, page: 1 })}">${label}</a>`
      : label;
    return html`<li>${shown} ${count}</li>`;
  };
  return html`<ul class="plain">${states.map(line)}</ul>`;
}

function shardList(shards: readonly FleetShard[], now: number): Html {
  const lines = shards.flatMap(({ shard, readable, run }) => {
    if (!readable) return [`Shard ${shard} cannot be read.`];
    return run ? [`Shard ${shard}: a run is under way, ${run.answers} answers archived.`] : [];
  });
  const all = [...lines, lastRunText(shards, now)];
  return html`<ul class="plain soft">${all.map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** The fleet is as well as its oldest shard. */
function lastRunText(shards: readonly FleetShard[], now: number): string {
  const instants = shards.map(({ last_success_at }) => last_success_at);
  const oldest = instants.includes(null) ? null : instants.sort()[0];
  return oldest
    ? `The last run that reached every tenant was ${agoText(Date.parse(oldest), now)}.`
    : 'Not every shard has had a run that reached every tenant.';
}

function toDoList(toDo: FleetFigures['toDo']): Html {
  if (toDo.length === 0) return html`<p>Nothing. All is well.</p>`;
  const line = ({ count, names, why, next_step }: FleetFigures['toDo'][number]) => {
    const more = count > names.length ? ` and ${count - names.length} more` : '';
    return html`<li><strong>${names.join(', ')}${more}</strong>: ${why}. <span class="soft">${next_step}</span></li>`;
  };
  return html`<ul>${toDo.map(line)}</ul>`;
}

/** Meters need no style of their own, which the content security policy would refuse. */
function endMeters(ends: FleetFigures['ends']): Html {
  const most = Math.max(1, ...ends.map(({ count }) => count));
  const line = ({ label, count }: FleetFigures['ends'][number]) =>
    html`<span>${label}</span><meter min="0" max="${most}" value="${count}" aria-label="${label}: ${count}"></meter><span>${count}</span>`;
  return html`<div class="meters">${ends.map(line)}</div>`;
}

/** A table of tenants. `nameOf` makes what stands for a name, such as a link. */
export function tenantTable(
  rows: readonly FleetTenant[],
  now: number,
  nameOf: (tenant: string) => Html,
): Html {
  if (rows.length === 0) return html`<p>No tenant is meant by this filter.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Tenants"><table>
<thead><tr><th scope="col">Tenant</th><th scope="col">State</th><th scope="col">Provider</th><th scope="col">Token ends</th><th scope="col">Last rotated</th><th scope="col">Tags</th></tr></thead>
<tbody>${rows.map((row) => tableRow(row, now, nameOf(row.tenant)))}</tbody>
</table></div>`;
}

function tableRow(row: FleetTenant, now: number, name: Html): Html {
  const { title, state, kind, provider, expires_at, rotated_at, tags } = row;
  const ends = expires_at === null ? '' : untilText(Date.parse(expires_at), now);
  const rotated = rotated_at === null ? 'never' : agoText(Date.parse(rotated_at), now);
  return html`<tr><th scope="row">${name}${title === null ? '' : html` <span class="soft">${title}</span>`}</th>
<td><span class="state ${kind}">${stateText(state)}</span></td><td>${provider ?? ''}</td><td>${ends}</td><td>${rotated}</td><td>${tags.join(', ')}</td></tr>`;
}
