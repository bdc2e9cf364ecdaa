import { html } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import { endText } from '../../lambda/report/end-text.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import { agoText } from '../terminal/time-text.ts';
import { endsChart, shareBar } from './fleet-charts.ts';
import { type FleetFigures, figuresOf } from './fleet-figures.ts';
import { type FleetQuery, fleetAddress } from './fleet-query.ts';
import type { FleetShard, FleetSnapshot } from './fleet-snapshot.ts';
import { softText, stateMark } from './fleet-table.ts';
import type { Place } from './ui-layout.ts';

/** Shows the fleet in figures. With a query, each state leads to its tenants. */
export function figuresView(snapshot: FleetSnapshot, query: FleetQuery | null, place: Place): Html {
  const { tenants, shards, at } = snapshot;
  const { states, toDo, ends, nextEnds } = figuresOf(snapshot);
  return html`<section class="card wide">
<h2>${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}</h2>
${shareBar(states)}
${stateTiles(states, query)}
${shardLines(shards, at)}
</section>
<div class="cards">
<section class="card"><h2>What to do</h2>${toDoList(toDo, place)}</section>
<section class="card"><h2>When access tokens end</h2>${endsChart(ends)}
${nextEnds.length === 0 ? '' : nextEndsList(nextEnds)}</section>
</div>`;
}

function stateTiles(states: FleetFigures['states'], query: FleetQuery | null): Html {
  const tile = ({ state, kind, count }: FleetFigures['states'][number]) => {
    const text = html`<b>${count}</b> ${stateMark({ state, kind })}`;
    return html`<li>${toState(query, state, text)}</li>`;
  };
  return html`<ul class="tiles">${states.map(tile)}</ul>`;
}

/** In a file nothing leads anywhere. */
function toState(query: FleetQuery | null, state: string, text: Html): Html {
  return query ? html`<a href="${fleetAddress(query, { state, page: 1 })}">${text}</a>` : text;
}

function shardLines(shards: readonly FleetShard[], now: number): Html {
  const lines = shards.flatMap(({ shard, readable, run }) => {
    if (!readable) {
      return [`Shard ${shard} cannot be read.`];
    }
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
    ? `The last complete run over all tenants was ${agoText(Date.parse(oldest), now)}.`
    : 'Not every shard has had a complete run over all of its tenants.';
}

/** More would hide the rest of the page. */
const MOST_CAUSES = 12;

function toDoList(toDo: FleetFigures['toDo'], { hints }: Place): Html {
  if (toDo.length === 0) {
    return html`<p>Nothing. All is well.</p>`;
  }
  const line = ({ count, names, why, kind, next_step }: FleetFigures['toDo'][number]) => {
    const more = count > names.length ? ` and ${count - names.length} more` : '';
    const tenants = count === 1 ? '1 tenant' : `${count} tenants`;
    return html`<li><p><span class="state ${kind}">${why}</span>${softText(tenants)}</p>
<p>${hints(next_step)}</p><p class="soft">${names.join(', ')}${more}</p></li>`;
  };
  const more = toDo.length - MOST_CAUSES;
  const rest = more > 0 ? html`<li class="soft">and ${more} more causes</li>` : '';
  return html`<ul class="todo">${toDo.slice(0, MOST_CAUSES).map(line)}${rest}</ul>`;
}

/** Shows what no run moves on. Somebody has to act before. */
function nextEndsList(nextEnds: FleetFigures['nextEnds']): Html {
  const line = ({ tenant, kind, at }: FleetFigures['nextEnds'][number]) =>
    html`<dt>${dayText(at)}</dt><dd><strong>${tenant}</strong>: ${endText(kind)}</dd>`;
  return html`<h3>What no run can renew</h3><dl class="dates">${nextEnds.map(line)}</dl>`;
}
