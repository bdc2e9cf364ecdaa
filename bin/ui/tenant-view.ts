import { html } from 'hono/html';
import { type ConnectLink, linkState } from '../../lambda/connect/connect-link.ts';
import type { Html } from '../../lambda/connect/page-layout.ts';
import type { Cause } from '../../lambda/outcome.ts';
import { endText } from '../../lambda/report/end-text.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import type { ExchangeLine } from '../status/read-history.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import type { FleetTenant } from './fleet-snapshot.ts';
import { cells, heads, softText, stateMark, stateText } from './fleet-table.ts';
import type { Job } from './jobs.ts';
import type { ShownField, TenantDetails } from './tenant-details.ts';
import { layOutUi, type Place } from './ui-layout.ts';

/** Describes what a tenant's page can do. */
export type TenantAction = 'rotate' | 'connect' | 'invite' | 'pause' | 'resume';

/** All that a tenant's page shows. */
export interface TenantPage {
  place: Place;
  tenant: FleetTenant;
  /** Says why it fails, the surest first. */
  causes: readonly Cause[];
  details: TenantDetails;
  job: Job | undefined;
  actions: readonly TenantAction[];
  formToken: string;
  now: number;
}

const LABELS: Record<TenantAction, string> = {
  rotate: 'Rotate now',
  connect: 'Connect in this browser',
  invite: 'Make a connect link',
  pause: 'Pause',
  resume: 'Resume',
};

/** Returns the page of one tenant. */
export function tenantPage(page: TenantPage): Html {
  const { tenant, details, place, now } = page;
  const buttons = page.actions.map((action) => actionForm(action, page));
  return layOutUi({
    title: tenant.tenant,
    place,
    body: html`<p class="back"><a href="/">All tenants</a></p>
<h1>${tenant.tenant}${softText(tenant.title)}</h1>
<div id="job" data-live>${jobLine(page.job, place)}</div>
<div id="buttons" class="buttons" data-live>${buttons}</div>
<div class="cards">
<section class="card"><h2>State</h2><div id="state" data-live>${stateOf(page)}</div></section>
<section class="card"><h2>Entry</h2>${fieldList(details.fields)}</section>
</div>
<div id="why" data-live>${whyPart(page.causes, place)}</div>
<section class="card">
<h2>Newest exchanges</h2>
<div id="exchanges" data-live>${exchangeTable(details.exchanges, now)}</div>
</section>
<section class="card">
<h2>Connect links</h2>
<div id="links" data-live>${linkList(details.links, now)}</div>
</section>`,
  });
}

function actionForm(action: TenantAction, { tenant, formToken }: TenantPage): Html {
  const look = action === 'rotate' || action === 'connect' ? '' : 'plain';
  return html`<form method="post" action="/tenants/${tenant.tenant}/${action}">
<input type="hidden" name="form_token" value="${formToken}">
<button class="${look}">${LABELS[action]}</button>
</form>`;
}

function jobLine(job: Job | undefined, { hints }: Place): Html {
  if (!job) {
    return html``;
  }
  return html`<p role="status" class="card">${hints(job.text)}</p>`;
}

function stateOf({ tenant, now, place }: TenantPage): Html {
  const { expires_at, rotated_at, failing_since, next_step, shard } = tenant;
  const { message, invited, end, account } = tenant;
  const ends = expires_at === null ? 'unknown' : untilText(Date.parse(expires_at), now);
  const rotated = rotated_at === null ? 'never' : agoText(Date.parse(rotated_at), now);
  return html`<p class="big">${stateMark(tenant)}</p>
${message === null ? '' : html`<p>${message}</p>`}
${next_step === null ? '' : html`<p class="next"><strong>Next:</strong> ${place.hints(next_step)}</p>`}
<dl>
${pair('Invited', invited)}
<dt>Access token ends</dt><dd>${ends}</dd>
<dt>Last rotated</dt><dd>${rotated}</dd>
<dt>Shard</dt><dd>${shard}</dd>
${pair('Failing since', failing_since && agoText(Date.parse(failing_since), now))}
${pair('Ends', end && `${dayText(end.at)}: ${endText(end.kind)}`)}
${pair('Account', account && `hash ${account}`)}
</dl>`;
}

/** Says why the tenant fails, as `tokens why` does. */
function whyPart(causes: readonly Cause[], { hints }: Place): Html | '' {
  if (causes.length === 0) {
    return '';
  }
  const one = ({ cause, certainty, evidence, prevention, next_step }: Cause) => html`<li>
<p><strong>${stateText(cause)}</strong>${softText(certainty)}</p>
<ul>${evidence.map((line) => html`<li>${line}</li>`)}</ul>
<p>Next: ${hints(next_step)}</p>
<p class="soft">What would have prevented it: ${hints(prevention)}</p></li>`;
  return html`<section class="card"><h2>Why it fails</h2><ul class="todo">${causes.map(one)}</ul></section>`;
}

/** Returns a term and its text. Returns nothing for null. */
function pair(term: string, text: string | null): Html | '' {
  return text === null ? '' : html`<dt>${term}</dt><dd>${text}</dd>`;
}

function fieldList(fields: readonly ShownField[]): Html {
  return html`<dl>${fields.map(
    ({ field, value, from }) =>
      html`<dt>${field}</dt><dd>${value}${softText(from === null ? null : `(app ${from})`)}</dd>`,
  )}</dl>`;
}

function exchangeTable(exchanges: readonly ExchangeLine[], now: number): Html {
  if (exchanges.length === 0) {
    return html`<p>None yet.</p>`;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Exchanges"><table>
<thead><tr>${heads('When', 'Grant', 'Answer', 'Outcome', 'Sent', 'Received')}</tr></thead>
<tbody>${exchanges.map((line) => exchangeRow(line, now))}</tbody></table></div>`;
}

function exchangeRow(line: ExchangeLine, now: number): Html {
  const { at, grant_type, status, outcome, sent, received } = line;
  const when = agoText(Date.parse(at), now);
  const answer = status ?? 'none';
  return html`<tr>${cells(when, grant_type, answer, stateText(outcome), sent ?? '', received ?? '')}</tr>`;
}

function linkList(links: readonly ConnectLink[], now: number): Html {
  if (links.length === 0) {
    return html`<p>None.</p>`;
  }
  return html`<ul>${links.map((link) => {
    const state = linkState(link, now);
    const until = state === 'open' ? `, ends ${untilText(Date.parse(link.expires_at), now)}` : '';
    const made = agoText(Date.parse(link.made_at), now);
    return html`<li>${state}, made ${made}${until}${softText(link.id)}</li>`;
  })}</ul>`;
}
