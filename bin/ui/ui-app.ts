import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { isName } from '../../lambda/names.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import type { PlaceHints } from '../terminal/place-hints.ts';
import { beginConsent, type Consents, takeConsent, UI_CALLBACK } from './browser-consent.ts';
import { parseFleetQuery } from './fleet-query.ts';
import { fleetPage } from './fleet-view.ts';
import { begin, type Jobs } from './jobs.ts';
import { createLiveSnapshot, type LiveSnapshot } from './live-snapshot.ts';
import { actionsFor, makeLink, rotateOne, setEnabled } from './tenant-actions.ts';
import { readDetails } from './tenant-details.ts';
import { tenantPage } from './tenant-view.ts';
import type { UiGuard } from './ui-guard.ts';
import { uiHeaders } from './ui-headers.ts';
import { layOutUi, type Place, SCRIPT_PATH, STYLE_PATH } from './ui-layout.ts';
import { uiScript } from './ui-script.ts';
import { uiStyle } from './ui-style.ts';

interface Ui {
  home: Home;
  place: Place;
  guard: UiGuard;
  live: LiveSnapshot;
  jobs: Jobs;
  consents: Consents;
}

const MAX_BODY_BYTES = 4096;

/** Serves `tokens ui`. `hints` make the commands that it shows work at its terminal. */
export function createUiApp(home: Home, guard: UiGuard, hints: PlaceHints): Hono {
  const ui: Ui = {
    home,
    place: { title: home.title, hints },
    guard,
    live: createLiveSnapshot(home.ports),
    jobs: new Map(),
    consents: new Map(),
  };
  const app = new Hono();
  app.use(uiHeaders, guard.checkHost, bodyLimit({ maxSize: MAX_BODY_BYTES }));
  app.get('/in/:key', (c) => letIn(ui, c));
  // The platform's redirect comes from another site, without the cookie. Its state lets it in.
  app.get(UI_CALLBACK, (c) => takeAnswer(ui, c));
  app.use(guard.check);
  app.get(STYLE_PATH, (c) => c.body(uiStyle, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get(SCRIPT_PATH, (c) =>
    c.body(uiScript, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  app.get('/', (c) => showFleet(ui, c));
  app.get('/tenants/:tenant', (c) => showTenant(ui, c));
  app.post('/tenants/:tenant/rotate', (c) => act(ui, c, 'Rotating …', rotateOne));
  app.post('/tenants/:tenant/pause', (c) =>
    act(ui, c, 'Pausing …', (h, t) => setEnabled(h, t, false)),
  );
  app.post('/tenants/:tenant/resume', (c) =>
    act(ui, c, 'Resuming …', (h, t) => setEnabled(h, t, true)),
  );
  app.post('/tenants/:tenant/connect', (c) => connect(ui, c));
  app.post('/tenants/:tenant/invite', (c) => invite(ui, c));
  app.notFound((c) => c.html(messagePage(ui, 'Nothing is here', ''), 404));
  app.onError((error, c) => {
    const isOurs = error instanceof CommandError || error instanceof UsageError;
    const text = isOurs ? error.message : 'The stores could not be read. Load the page again.';
    const next = isOurs ? (error.nextStep ?? '') : '';
    return c.html(messagePage(ui, text, next), isOurs ? 400 : 503);
  });
  return app;
}

function letIn({ guard, place }: Ui, context: Context) {
  const isIn = guard.letIn(context, context.req.param('key') ?? '');
  if (!isIn) {
    return context.text('This address was used, or is not the newest one.', 403);
  }
  // A page of ours leads on: a redirect from another site's link would come without the cookie.
  const body = html`<p><a href="/">Go to the fleet</a></p>`;
  return context.html(
    layOutUi({
      title: 'Welcome',
      place,
      body,
      refreshTo: '/',
    }),
  );
}

async function showFleet({ place, live }: Ui, context: Context) {
  const query = parseFleetQuery(new URL(context.req.url).searchParams);
  return context.html(fleetPage(place, await live.read(), query));
}

async function showTenant(ui: Ui, context: Context) {
  const { home, place, guard, live, jobs } = ui;
  const name = tenantOf(context);
  const { tenants, explained } = await live.read();
  const tenant = tenants.find((one) => one.tenant === name);
  if (!tenant) {
    return context.html(messagePage(ui, `There is no tenant ${name}.`, ''), 404);
  }
  return context.html(
    tenantPage({
      place,
      tenant,
      causes: explained.find(({ status }) => status.tenant === name)?.causes ?? [],
      details: await readDetails(home.ports, name),
      job: jobs.get(name),
      actions: actionsFor(home, tenant),
      formToken: guard.formToken,
      now: home.ports.clock.now(),
    }),
  );
}

function act(
  { home, jobs, live }: Ui,
  context: Context,
  text: string,
  work: (home: Home, tenant: string) => Promise<string>,
) {
  const tenant = tenantOf(context);
  begin(jobs, tenant, text, () => work(home, tenant).finally(live.forget));
  live.forget();
  return context.redirect(`/tenants/${tenant}`, 303);
}

async function connect({ home, place, consents, guard }: Ui, context: Context) {
  const tenant = tenantOf(context);
  const url = await beginConsent(home, consents, tenant, guard.origin);
  context.header('referrer-policy', 'no-referrer');
  const body = html`<h1>Opening the platform …</h1><p><a href="${url}">Go to the platform</a></p>`;
  return context.html(
    layOutUi({
      title: 'Opening',
      place,
      body,
      refreshTo: url,
    }),
  );
}

function takeAnswer(ui: Ui, context: Context) {
  const { home, place, jobs, consents, live } = ui;
  const taken = takeConsent(home, consents, new URL(context.req.url).searchParams);
  if (!taken) {
    return context.text('This answer belongs to no consent that was begun here.', 400);
  }
  const { tenant, finish } = taken;
  begin(jobs, tenant, 'Exchanging the code …', () => finish().finally(live.forget));
  const to = `/tenants/${tenant}`;
  const body = html`<p><a href="${to}">Go to ${tenant}</a></p>`;
  return context.html(
    layOutUi({
      title: 'Back',
      place,
      body,
      refreshTo: to,
    }),
  );
}

async function invite(ui: Ui, context: Context) {
  const { url, tenant, expires_at } = await makeLink(ui.home, tenantOf(context));
  const body = html`<h1>A connect link for ${tenant}</h1>
<p>Send it to the owner of the account, like a password.
It is shown once, and works until ${expires_at.slice(0, 10)}.</p>
<p class="card"><code>${url}</code></p><p><a href="/tenants/${tenant}">Back to ${tenant}</a></p>`;
  return context.html(layOutUi({ title: 'Connect link', place: ui.place, body }));
}

function messagePage({ place }: Ui, text: string, next: string) {
  const body = html`<h1>${text}</h1><p>${place.hints(next)}</p><p><a href="/">All tenants</a></p>`;
  return layOutUi({ title: text, place, body });
}

function tenantOf(context: Context): string {
  const tenant = context.req.param('tenant') ?? '';
  if (!isName(tenant)) {
    throw new CommandError('There is no such tenant.');
  }
  return tenant;
}
