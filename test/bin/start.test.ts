import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../fakes/build-program.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

describe('npm start', () => {
  it('rotates sandbox tenants twice, shows a change and a failure, says how to go on', async () => {
    const folder = temporaryFolder();
    const script = join(import.meta.dirname, '..', '..', 'bin', 'start.ts');
    // Starts in a third of the time that `npm start` takes, which CI runs.
    const program = await buildProgram(script, folder);
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env.PATH, TMPDIR: folder },
    });
    const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);

    expect(problems).toBe('');
    expect(output).toContain('7 tenants: 7 rotated.');
    expect(output).toMatch(/northwind +oauth2 +failed +needs_authorization/);
    expect(output).toContain('tokens connect northwind');
    for (const provider of ['amazon-ads', 'instacart-ads', 'instacart-connect', 'oauth2']) {
      expect(output).toContain(provider);
    }
    const [, before, after] =
      /^brandy +instacart-ads +([0-9a-f]{16}) +([0-9a-f]{16}) +new$/m.exec(output) ?? [];
    expect(before).toBeDefined();
    expect(after).not.toBe(before);
    expect(output).toContain('no real provider was contacted');
    expect(output).toContain('before the archive had it whole');
    expect(output).toContain('npm run tokens -- import .env && npm run tokens -- rotate');
    expect(output).not.toMatch(/sandbox-(access|refresh|code|secret)/);
    // A person's temporary folder has a shorter name.
    const lines = output.replaceAll(folder, '/tmp').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    rmSync(folder, { recursive: true, force: true });
  });
});
