import { html } from 'hono/html';
import { type ConnectLink, linkState } from '../../lambda/connect/connect-link.ts';
import type { Html } from '../../lambda/connect/page-layout.ts';
import type { Cause } from '../../lambda/outcome.ts';
import type { ExchangeLine } from '../operations/read-history.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import { stateText } from './fleet-figures.ts';
import type { FleetTenant } from './fleet-snapshot.ts';
import type { Job } from './jobs.ts';
import type { ShownField, TenantDetails } from './tenant-details.ts';
import { layOutUi } from './ui-layout.ts';

/** Describes what a tenant's page can do. */
export type TenantAction = 'rotate' | 'connect' | 'invite' | 'pause' | 'resume';

/** All that a tenant's page shows. */
export interface TenantPage {
  place: string;
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

/** The page of one tenant. */
export function tenantPage(page: TenantPage): Html {
  const { tenant, details, place, now } = page;
  return layOutUi({
    title: tenant.tenant,
    place,
    body: html`<p><a href="/">All tenants</a></p>
<h1>${tenant.tenant}${tenant.title === null ? '' : html` <span class="soft">${tenant.title}</span>`}</h1>
<div id="job" data-live>${jobLine(page.job)}</div>
<div id="buttons" class="buttons" data-live>${page.actions.map((action) => actionForm(action, page))}</div>
<div id="state" class="card" data-live>${stateOf(tenant, now)}</div>
<div id="why" data-live>${whyCard(page.causes)}</div>
<section class="card"><h2>Entry</h2>${fieldList(details.fields)}</section>
<section class="card"><h2>Newest exchanges</h2><div id="exchanges" data-live>${exchangeTable(details.exchanges, now)}</div></section>
<section class="card"><h2>Connect links</h2><div id="links" data-live>${linkList(details.links, now)}</div></section>`,
  });
}

function actionForm(action: TenantAction, { tenant, formToken }: TenantPage): Html {
  const look = action === 'rotate' || action === 'connect' ? '' : 'plain';
  return html`<form method="post" action="/tenants/${tenant.tenant}/${action}">
<input type="hidden" name="form_token" value="${formToken}"><button class="${look}">${LABELS[action]}</button></form>`;
}

function jobLine(job: Job | undefined): Html {
  if (!job) return html``;
  return html`<p role="status" class="card">${job.text}</p>`;
}

function stateOf(
  { state, kind, expires_at, rotated_at, failing_since, next_step, shard }: FleetTenant,
  now: number,
): Html {
  const ends = expires_at === null ? 'unknown' : untilText(Date.parse(expires_at), now);
  const rotated = rotated_at === null ? 'never' : agoText(Date.parse(rotated_at), now);
  return html`<dl>
<dt>State</dt><dd><span class="state ${kind}">${stateText(state)}</span></dd>
<dt>Access token ends</dt><dd>${ends}</dd>
<dt>Last rotated</dt><dd>${rotated}</dd>
<dt>Shard</dt><dd>${shard}</dd>
${failing_since === null ? '' : html`<dt>Failing since</dt><dd>${agoText(Date.parse(failing_since), now)}</dd>`}
${next_step === null ? '' : html`<dt>Next</dt><dd>${next_step}</dd>`}
</dl>`;
}

function whyCard(causes: readonly Cause[]): Html {
  if (causes.length === 0) return html``;
  const one = ({ cause, certainty, evidence, prevention, next_step }: Cause) =>
    html`<dt>${stateText(cause)} (${certainty})</dt><dd><ul>${evidence.map((line) => html`<li>${line}</li>`)}</ul>
<p>Prevention: ${prevention}</p><p>Next: ${next_step}</p></dd>`;
  return html`<section class="card"><h2>Why it fails</h2><dl>${causes.map(one)}</dl></section>`;
}

function fieldList(fields: readonly ShownField[]): Html {
  return html`<dl>${fields.map(
    ({ field, value, from }) =>
      html`<dt>${field}</dt><dd>${value}${from === null ? '' : html` <span class="soft">(app ${from})</span>`}</dd>`,
  )}</dl>`;
}

function exchangeTable(exchanges: readonly ExchangeLine[], now: number): Html {
  if (exchanges.length === 0) return html`<p>None yet.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Exchanges"><table>
<thead><tr><th scope="col">When</th><th scope="col">Grant</th><th scope="col">Answer</th><th scope="col">Outcome</th><th scope="col">Sent</th><th scope="col">Received</th></tr></thead>
<tbody>${exchanges.map(
    ({ at, grant_type, status, outcome, sent, received }) =>
      html`<tr><td>${agoText(Date.parse(at), now)}</td><td>${grant_type}</td><td>${status ?? 'none'}</td><td>${stateText(outcome)}</td><td>${sent ?? ''}</td><td>${received ?? ''}</td></tr>`,
  )}</tbody></table></div>`;
}

function linkList(links: readonly ConnectLink[], now: number): Html {
  if (links.length === 0) return html`<p>None.</p>`;
  return html`<ul>${links.map((link) => {
    const state = linkState(link, now);
    const until = state === 'open' ? `, ends ${untilText(Date.parse(link.expires_at), now)}` : '';
    return html`<li>${state}, made ${agoText(Date.parse(link.made_at), now)}${until} <span class="soft">${link.id}</span></li>`;
  })}</ul>`;
}
