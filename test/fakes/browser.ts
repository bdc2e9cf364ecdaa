import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { Result } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The path of a Chromium on this machine, or null, loudly. */
export const chromiumPath = findChromium();

/** Starts Chromium without a window. The caller closes it. */
export function startBrowser(): Promise<Browser> {
  // Root, as in a container, has no sandbox of Chromium's own.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: chromiumPath ?? '', args });
}

/** Returns what axe-core finds on a page that keeps people out: serious and critical findings. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.addScriptTag({ path: axe });
  const { violations } = (await page.evaluate('axe.run()')) as { violations: Result[] };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = paths.find((path) => existsSync(path)) ?? null;
  if (found === null) {
    console.warn('SKIPPED: the tests in a browser, because no Chromium is on this machine.');
  }
  return found;
}
