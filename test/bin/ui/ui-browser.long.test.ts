import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Home } from '../../../bin/homes/home.ts';
import { type ServedUi, serveUi } from '../../../bin/ui/serve-ui.ts';
import { chromiumPath, seriousFindings, startBrowser } from '../../fakes/browser.ts';
import { makeUiHome } from '../../fakes/ui-home.ts';

const TENANTS = 150;

describe.skipIf(chromiumPath === null)('tokens ui in a browser', () => {
  let browser: Browser;
  let home: Home;
  let ui: ServedUi;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    const app = { provider: 'amazon-ads', client_id: 'c', client_secret: 'CANARY-secret' };
    const entry = (index: number) => ({
      app: 'lwa',
      title: `Client ${index} Ltd`,
      tags: [index % 2 === 0 ? 'eu' : 'us'],
      refresh_token: `CANARY-${index}`,
      ...(index % 10 === 0 && { enabled: false }),
    });
    const tenants = Object.fromEntries(
      Array.from({ length: TENANTS }, (_, index) => [`client-${index}`, entry(index)]),
    );
    home = await makeUiHome({ apps: { lwa: app }, tenants });
    ui = await serveUi(home, 0, (text) => text);
  });
  afterEach(() => ui.close());

  /** Opens the fleet, and collects what the browser complains of. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}) {
    const context: BrowserContext = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(ui.newAddress());
    await page.waitForURL('**/');
    return { page, complaints, context };
  }

  it('filters while it is typed, and keeps the filter in the address', async () => {
    const { page, complaints, context } = await open();
    await page.getByLabel('Search').fill('client-14');
    await page.getByText('11 found').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('client-14');
    await page.reload();
    await page.getByText('11 found').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows what others change, without a reload', async () => {
    const { page, context } = await open();
    await page.goto(new URL('/tenants/client-1', page.url()).href);
    const version = await home.ports.vault.read('default');
    const text = (version?.text ?? '').replace('"client-1":{', '"client-1":{"enabled":false,');
    await home.ports.vault.swap('default', version?.versionId ?? null, text, crypto.randomUUID());
    await page.locator('#state').getByText('disabled').waitFor();
    await context.close();
  });

  it('works without a script: pages, filters and buttons', async () => {
    const { page, context } = await open({ javaScriptEnabled: false });
    await page.getByRole('link', { name: 'Later' }).click();
    await page.getByText('page 2 of 2').waitFor();
    await page.getByLabel('Search').fill('client-3');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('link', { name: 'client-3', exact: true }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await vi.waitFor(
      async () => {
        await page.reload();
        expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(1);
      },
      { timeout: 60_000, interval: 500 },
    );
    await context.close();
  });

  it.each(['light', 'dark'] as const)('is readable for everybody, %s', async (colorScheme) => {
    const { page, context } = await open({ colorScheme, bypassCSP: true });
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(new URL('/tenants/client-5', page.url()).href);
    expect(await seriousFindings(page)).toEqual([]);
    await context.close();
  });

  it('fits a narrow screen', async () => {
    const { page, context } = await open({ viewport: { width: 320, height: 640 } });
    for (const path of ['/', '/tenants/client-5']) {
      await page.goto(new URL(path, page.url()).href);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    }
    await context.close();
  });

  it('shows no secret', async () => {
    const { page, context } = await open();
    for (const path of ['/', '/?page=2', '/tenants/client-5']) {
      await page.goto(new URL(path, page.url()).href);
      expect(await page.content()).not.toContain('CANARY');
    }
    await context.close();
  });
});
