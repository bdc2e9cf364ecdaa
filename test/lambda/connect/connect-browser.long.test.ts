import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeLinks } from '../../../bin/consent/connect-links.ts';
import type { Home } from '../../../bin/homes/home.ts';
import { changeLink } from '../../../lambda/connect/connect-store.ts';
import { chromiumPath, seriousFindings, startBrowser } from '../../fakes/browser.ts';
import {
  CLICKED_CLIENT,
  type ClickedConsentServer,
  startClickedConsentServer,
} from '../../fakes/clicked-consent-server.ts';
import { type ConnectSite, startConnectSite } from '../../fakes/connect-site.ts';
import { CLIENT, type ConsentServer, startConsentServer } from '../../fakes/consent-server.ts';
import { makeUiHome } from '../../fakes/ui-home.ts';

const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

describe.skipIf(chromiumPath === null)('a connect link in a browser', () => {
  let browser: Browser;
  let home: Home;
  let site: ConnectSite;
  let certified: ConsentServer;
  let clicked: ClickedConsentServer;
  let contexts: BrowserContext[] = [];
  let foreign: Promise<Record<string, string>>[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    site = await startConnectSite(() => home);
    const redirectUri = `${site.page.redirectUri}/oauth2`;
    certified = await startConsentServer([redirectUri]);
    clicked = await startClickedConsentServer(redirectUri);
    const entry = (server: { authorizeUrl: string; tokenUrl: string }, client: object) => ({
      provider: 'oauth2',
      ...client,
      authorize_url: server.authorizeUrl,
      token_url: server.tokenUrl,
      scope: 'openid ads',
    });
    const byClick = entry(clicked, CLICKED_CLIENT);
    home = await makeUiHome({
      tenants: {
        certified: { ...entry(certified, CLIENT), issuer: certified.issuer },
        acme: { ...byClick, title: 'Acme Ltd' },
        brandx: byClick,
        carla: byClick,
      },
    });
    foreign = [];
  });
  afterEach(async () => {
    const headers = await Promise.all(foreign);
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
    await site.settled();
    await Promise.all([site.close(), certified.close(), clicked.close()]);
    expect(JSON.stringify(site.logged)).not.toMatch(/\/c\/|code=|CANARY/);
    // A platform must never learn a link's address.
    expect(headers.filter(({ referer = '' }) => referer.includes('/c/'))).toEqual([]);
  });

  /** A browser of its own, with its own cookies. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    const page = await context.newPage();
    page.on('request', (request) => {
      const isOurs = request.url().startsWith(site.page.url);
      if (!isOurs) {
        foreign.push(request.allHeaders().catch(() => ({})));
      }
    });
    return page;
  }

  const begin = (page: Page) => page.getByRole('button', { name: /^Continue to/ }).click();
  const allow = (page: Page) => page.getByRole('button', { name: 'Allow' }).click();
  const done = (page: Page) => page.getByText('Done: the account is connected').waitFor();
  const refreshTokenOf = async (tenant: string) => {
    const version = await home.ports.vault.read('default');
    return String(JSON.parse(version?.text ?? '{}').tenants[tenant].refresh_token);
  };

  async function closeLink(id: string, how: Parameters<typeof closeLinks>[2]) {
    const link = (await site.link(id))?.value;
    await closeLinks(home.ports, link ? [link] : [], how);
  }
  const expireLink = (id: string) =>
    changeLink(home.ports.records, id, (link) => ({ ...link, expires_at: link.made_at }));

  it('connects at a certified server, whose issuer is checked', async () => {
    const { url } = await site.invite('certified');
    const page = await open();
    await page.goto(url);
    await begin(page);
    await done(page);
    expect(await certified.accepts(await refreshTokenOf('certified'))).toBe(true);
  });

  it.each([
    ['on a phone', PHONE],
    ['without JavaScript', { javaScriptEnabled: false }],
    ['in the dark', { colorScheme: 'dark' as const }],
  ])('connects at a server of another maker, %s', async (_how, options) => {
    const { url } = await site.invite('acme', 'For the autumn campaign');
    const page = await open(options);
    await page.goto(url);
    await page.getByText('For the autumn campaign').waitFor();
    await begin(page);
    await allow(page);
    await done(page);
    expect(clicked.accepts(await refreshTokenOf('acme'))).toBe(true);
    expect(new URL(page.url()).search).toBe('');
  });

  it('takes a refusal, and a second try', async () => {
    const { url } = await site.invite('acme');
    const page = await open();
    await page.goto(url);
    await begin(page);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('The access was not given').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await allow(page);
    await done(page);
  });

  it('bears the back button and a reload after it is done', async () => {
    const { url } = await site.invite('acme');
    const page = await open();
    await page.goto(url);
    await begin(page);
    await allow(page);
    await done(page);
    await page.reload();
    await done(page);
    await page.goBack();
    await page.goto(url);
    await done(page);
    expect(clicked.codesSent.length).toBe(1);
  });

  it('bears a double click', async () => {
    const { url } = await site.invite('acme');
    const page = await open();
    await page.goto(url);
    await page.getByRole('button', { name: /^Continue to/ }).dblclick();
    await allow(page);
    await done(page);
  });

  it('bears two tabs of one link: the second one ends well too', async () => {
    const { url } = await site.invite('acme');
    const one = await open();
    const two = await one.context().newPage();
    for (const page of [one, two]) {
      await page.goto(url);
      await begin(page);
    }
    for (const page of [one, two]) {
      await allow(page);
      await done(page);
    }
    expect(clicked.accepts(await refreshTokenOf('acme'))).toBe(true);
  });

  it('keeps three links in three tabs apart', async () => {
    const first = await open();
    const context = first.context();
    const pages = [first, await context.newPage(), await context.newPage()];
    const tenants = ['acme', 'brandx', 'carla'];
    for (const [index, page] of pages.entries()) {
      await page.goto((await site.invite(tenants[index] ?? '')).url);
      await begin(page);
    }
    for (const page of [...pages].reverse()) {
      await allow(page);
    }
    for (const page of pages) {
      await done(page);
    }
    const tokens = await Promise.all(tenants.map(refreshTokenOf));
    expect(new Set(tokens).size).toBe(3);
    expect(tokens.every((token) => clicked.accepts(token))).toBe(true);
  });

  it('takes no answer in another browser, and the first one may go on', async () => {
    const { url } = await site.invite('acme');
    const page = await open();
    await page.goto(url);
    await begin(page);
    const other = await open();
    await other.goto(page.url());
    await allow(other);
    await other.getByText('Please start again').waitFor();
    expect(clicked.codesSent).toEqual([]);
    await allow(page);
    await done(page);
  });

  it('ends well after a bot has opened the link', async () => {
    const { url } = await site.invite('acme');
    for (let opened = 0; opened < 25; opened++) {
      await fetch(url);
    }
    const page = await open();
    await page.goto(url);
    await begin(page);
    await allow(page);
    await done(page);
  });

  it('sends no code of a link that was revoked between callback and run', async () => {
    const { url, id } = await site.invite('acme');
    site.hold = true;
    const page = await open();
    await page.goto(url);
    await begin(page);
    await allow(page);
    await page.getByText('Connecting').waitFor();
    await closeLink(id, 'revoked');
    site.hold = false;
    await page.getByText('The link was changed or withdrawn').waitFor();
    expect(clicked.codesSent).toEqual([]);
  });

  const closed: [string, string, (id: string) => Promise<unknown>][] = [
    ['was revoked', 'It was withdrawn', (id) => closeLink(id, 'revoked')],
    ['was replaced by a newer one', 'It is no longer needed', (id) => closeLink(id, 'replaced')],
    ['is past its time', 'Its time is over', expireLink],
  ];
  it.each(closed)('says of a link that %s that it no longer works', async (_how, why, close) => {
    const { url, id } = await site.invite('acme');
    const page = await open({ bypassCSP: true });
    await page.goto(url);
    await close(id);
    await begin(page);
    await page.getByText('This link no longer works').waitFor();
    await page.goto(url);
    await page.getByText(why).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('takes no press that a hostile page sends with a link of its own', async () => {
    const { url } = await site.invite('acme');
    const hostile = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${url}"><input name="form_token" value="${'x'.repeat(43)}"></form>
<script>document.forms[0].submit()</script>`);
    });
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
    const page = await open();
    // The victim has a form cookie of ours, and the hostile page is of another site.
    await page.goto(url);
    await page.goto(`http://localhost:${(hostile.address() as AddressInfo).port}/`);
    await page.getByText('came from another site').waitFor();
    hostile.close();
    expect(site.paths.filter((path) => path.includes('/callback'))).toEqual([]);
  });

  it.each([
    ['light', { colorScheme: 'light' as const, bypassCSP: true }],
    ['dark', { colorScheme: 'dark' as const, bypassCSP: true }],
    ['on a phone', { ...PHONE, bypassCSP: true }],
  ])('is readable for everybody, %s', async (_how, options) => {
    const { url } = await site.invite('acme', 'A note');
    const page = await open(options);
    for (const address of [url, `${site.page.url}/c/nothing`]) {
      await page.goto(address);
      expect(await seriousFindings(page)).toEqual([]);
      const width = 'document.documentElement.scrollWidth <= innerWidth';
      expect(await page.evaluate(width)).toBe(true);
    }
    await page.goto(url);
    await begin(page);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('The access was not given').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('can be used with the keyboard alone', async () => {
    const { url } = await site.invite('acme');
    const page = await open();
    await page.goto(url);
    const isButton = 'document.activeElement.tagName === "BUTTON"';
    for (let presses = 0; presses < 10 && !(await page.evaluate(isButton)); presses++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow' }).waitFor();
  });

  it('breaks no rule of its content security policy', async () => {
    const { url } = await site.invite('acme');
    const page = await open();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.location().url.startsWith(site.page.url)) {
        complaints.push(message.text());
      }
    });
    await page.goto(url);
    await begin(page);
    await allow(page);
    await done(page);
    expect(complaints).toEqual([]);
  });
});
