import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExportedToken, writeExport } from '../../../bin/access/export-files.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

function token(refreshToken: string, exportedAt: string): ExportedToken {
  return {
    tenant: 'acme',
    provider: 'amazon-ads',
    refresh_token: refreshToken,
    fingerprint: 'f',
    exported_at: exportedAt,
  };
}

describe(writeExport.name, () => {
  it('writes dated files and the latest, for their owner only', async () => {
    const folder = join(temporaryFolder(), 'out');
    await writeExport(folder, token('r1', '2026-11-23T05:17:42.000Z'));
    expect(readdirSync(folder).sort()).toEqual([
      'acme_refresh_token_20261123_0517.json',
      'acme_refresh_token_20261123_0517.txt',
      'acme_refresh_token_latest.json',
      'acme_refresh_token_latest.txt',
    ]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(folder, 'acme_refresh_token_latest.txt'), 'utf8')).toBe('r1\n');
    expect(
      JSON.parse(readFileSync(join(folder, 'acme_refresh_token_20261123_0517.json'), 'utf8')),
    ).toMatchObject({ refresh_token: 'r1' });
  });

  it('never overwrites a dated file, and replaces the latest whole', async () => {
    const folder = temporaryFolder();
    await writeExport(folder, token('r1', '2026-11-23T05:17:42.000Z'));
    chmodSync(join(folder, 'acme_refresh_token_latest.txt'), 0o644);
    await expect(writeExport(folder, token('r2', '2026-11-23T05:17:59.000Z'))).rejects.toThrow(
      'is not overwritten',
    );
    expect(readFileSync(join(folder, 'acme_refresh_token_latest.txt'), 'utf8')).toBe('r1\n');
    await writeExport(folder, token('r3', '2026-11-23T05:18:00.000Z'));
    expect(readFileSync(join(folder, 'acme_refresh_token_latest.txt'), 'utf8')).toBe('r3\n');
    expect(statSync(join(folder, 'acme_refresh_token_latest.txt')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says so where no folder can be made, and does not try for ever', async () => {
    const gone = join(temporaryFolder(), 'not mounted');
    symlinkSync('no such disk', gone);
    for (const folder of ['/proc/no/folder', join(gone, 'folder'), gone]) {
      await expect(
        writeExport(folder, token('canary', '2026-11-23T05:17:42.000Z')),
      ).rejects.toThrow(/^The files of tenant acme could not be written: .+; /);
    }
  });

  it('says which tenant could not be written, without its token', async () => {
    const folder = join(temporaryFolder(), 'a file');
    writeFileSync(folder, '');
    await expect(writeExport(folder, token('canary', '2026-11-23T05:17:42.000Z'))).rejects.toThrow(
      /^The files of tenant acme could not be written/,
    );
    const taken = temporaryFolder();
    mkdirSync(join(taken, 'acme_refresh_token_latest.json'));
    await expect(
      writeExport(taken, token('canary', '2026-11-23T05:17:42.000Z')),
    ).rejects.not.toThrow('canary');
    expect(existsSync(join(taken, 'acme_refresh_token_20261123_0517.txt'))).toBe(true);
  });
});
