import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePicture } from '../../../bin/ui/write-picture.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';
import { makeUiHome } from '../../fakes/ui-home.ts';

describe(writePicture.name, () => {
  it('writes every tenant into one file, without script, form, secret or outside request', async () => {
    const entry = (index: number) => ({
      provider: 'amazon-ads',
      client_id: 'c',
      client_secret: 'CANARY-secret',
      title: `<Client> ${index}`,
      refresh_token: `CANARY-${index}`,
    });
    const tenants = Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [`client-${index}`, entry(index)]),
    );
    const home = await makeUiHome({ tenants });
    const path = join(temporaryFolder(), 'fleet.html');
    await writePicture(home, path, (text) => text);
    const page = readFileSync(path, 'utf8');
    expect(page.match(/scope="row"/g)?.length).toBe(120);
    expect(page).toContain('&lt;Client&gt; 7');
    expect(page).not.toMatch(/CANARY|<script|<form|<a |https?:/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('shows what hides or reorders text', async () => {
    const title = 'abc\u202egpj\u001b[2J\u200b';
    const entry = {
      provider: 'amazon-ads',
      client_id: 'c',
      client_secret: 's',
      refresh_token: 't',
      title,
    };
    const home = await makeUiHome({ tenants: { acme: entry, 'x\u202ey': entry } });
    const path = join(temporaryFolder(), 'fleet.html');
    await writePicture(home, path, (text) => text);
    const page = readFileSync(path, 'utf8');
    expect(page).toContain('abc\\u{202e}gpj\\u{1b}[2J\\u{200b}');
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('makes a file private that was there with a wider mode, and leaves nothing of it', async () => {
    const home = await makeUiHome({ tenants: {} });
    const path = join(temporaryFolder(), 'fleet.html');
    writeFileSync(path, 'old '.repeat(100_000), { mode: 0o644 });
    await writePicture(home, path, (text) => text);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>$/);
  });

  it('writes into a device', async () => {
    const home = await makeUiHome({ tenants: {} });
    const { mode } = statSync('/dev/null');
    await writePicture(home, '/dev/null', (text) => text);
    expect(statSync('/dev/null').mode).toBe(mode);
  });

  it('says that it could not be written', async () => {
    const home = await makeUiHome({ tenants: {} });
    const path = join(temporaryFolder(), 'missing', 'fleet.html');
    await expect(writePicture(home, path, (text) => text)).rejects.toThrow(
      /^The page could not be written: .*fleet\.html is missing, or its folder is/,
    );
  });
});
