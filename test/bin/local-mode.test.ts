import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../bin/sandbox/server.ts';
import { deriveKeysCheaply } from '../fakes/cheap-scrypt.ts';
import { cliInProcess } from '../fakes/cli.ts';
import { cliProcesses } from '../fakes/cli-process.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

deriveKeysCheaply();
const cli = cliInProcess();
const processes = cliProcesses();
const SECRET = 'canary-of-the-client';

let sandbox: Sandbox;
beforeEach(async () => {
  const account = { clientId: 'client', clientSecret: SECRET, rotates: true };
  sandbox = await startSandbox(
    new Map([
      ['ads', account],
      ['standard', { ...account, rotates: false }],
    ]),
  );
});
afterEach(() => sandbox.close());

/**
 * An env file of three tenants: by a code, by a refresh token, and one whose provider issues none.
 */
function writeEnv(folder: string): string {
  const file = join(folder, '.env');
  const lines = [
    'CLIENTS=ACME, brand-x,shopper',
    'ACME_CLIENT_ID=client',
    `ACME_CLIENT_SECRET=${SECRET}`,
    'ACME_REDIRECT_URI=https://agency.example/callback',
    `ACME_AUTH_CODE=${sandbox.consent('ads')}`,
    `ACME_TOKEN_URL=${sandbox.tokenUrl('ads')}`,
    'BRAND_X_PROVIDER=amazon-ads',
    'BRAND_X_CLIENT_ID=client',
    `BRAND_X_CLIENT_SECRET="${SECRET}"`,
    `BRAND_X_REFRESH_TOKEN=${sandbox.issueRefreshToken('standard')}`,
    `BRAND_X_TOKEN_URL=${sandbox.tokenUrl('standard')}`,
    'shopper_PROVIDER=instacart-connect',
    'shopper_CLIENT_ID=client',
    `shopper_CLIENT_SECRET=${SECRET}`,
    'shopper_USER_ID=u-1',
    `shopper_TOKEN_URL=${sandbox.tokenUrl('ads')}`,
    'AWS_REGION=eu-west-1',
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

describe('local mode', () => {
  it('leads from an env file to tokens, and shows no secret unasked', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');

    const imported = await cli.run(['import', writeEnv(folder)], { home });
    expect(imported).toMatchObject({ code: 0, stderr: expect.stringContaining(`${home}/key`) });
    expect(imported.stdout).toMatch(/ACME +instacart-ads +authorization_code +added/);
    expect(imported.stdout).toContain('AWS_REGION');
    expect(imported.stdout).toContain('Next: tokens rotate');

    const planned = await cli.run(['rotate', '--dry-run'], { home });
    expect(planned).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 of 3 tenants would be asked'),
    });

    const rotated = await cli.run(['rotate'], { home });
    expect(rotated).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 tenants: 3 rotated.'),
    });
    const report = JSON.parse((await cli.run(['rotate', '--json', 'ACME'], { home })).stdout);
    expect(report.outcomes).toMatchObject([
      { tenant: 'ACME', status: 'rotated', refresh_token_changed: true },
    ]);

    sandbox.withdraw('standard');
    const failing = await cli.run(['rotate'], { home });
    expect(failing.code).toBe(1);
    expect(failing.stdout).toMatch(/brand-x +amazon-ads +failed +needs_authorization/);
    expect(failing.stdout).toContain('tokens connect brand-x');

    const status = await cli.run(['status'], { home });
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/ACME +instacart-ads +ok +in 60 min +just now/);
    expect(status.stdout).toMatch(/brand-x +amazon-ads +needs_authorization/);
    expect(status.stdout).toContain('Ask the client to consent again: tokens connect brand-x');
    const looked = JSON.parse((await cli.run(['status', '--failing', '--json'], { home })).stdout);
    expect(looked.tenants).toMatchObject([{ tenant: 'brand-x', state: 'needs_authorization' }]);

    const history = await cli.run(['history', 'ACME'], { home });
    expect(history.stdout.split('\n').filter((line) => /issued/.test(line))).toHaveLength(3);
    expect(history.stdout).toMatch(/code +200 +issued/);

    const written = await cli.run(['export', '--all', join(folder, 'out')], { home });
    expect(written).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 refresh tokens written'),
    });
    const files = readdirSync(join(folder, 'out')).sort();
    expect(files).toHaveLength(8);
    expect(files[0]).toMatch(/^ACME_refresh_token_\d{8}_\d{4}\.json$/);
    for (const file of files) {
      expect(statSync(join(folder, 'out', file)).mode & 0o777).toBe(0o600);
    }

    await cli.run(['rotate', '--debug'], { home });
    const tokens = readFileSync(
      join(folder, 'out', 'ACME_refresh_token_latest.txt'),
      'utf8',
    ).trim();
    expect(tokens).toMatch(/^sandbox-refresh\./);
    for (const secret of [SECRET, 'sandbox-refresh.', 'sandbox-access.', 'sandbox-code.']) {
      expect(cli.spoken()).not.toContain(secret);
    }
  });

  it('gives a token alone, as headers or as JSON, and refreshes one that is due', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    await cli.run(['import', writeEnv(folder)], { home });

    const first = await cli.run(['get', 'brand-x'], { home });
    expect(first).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^sandbox-access\.\S+\n$/),
    });
    expect((await cli.run(['get', 'brand-x'], { home })).stdout).toBe(first.stdout);
    expect((await cli.run(['get', 'brand-x', '--headers'], { home })).stdout).toBe(
      `Authorization: Bearer ${first.stdout}Amazon-Advertising-API-ClientId: client\n`,
    );
    expect(
      JSON.parse((await cli.run(['get', 'brand-x', '--json'], { home })).stdout),
    ).toMatchObject({
      tenant: 'brand-x',
      access_token: first.stdout.trim(),
      expires_at: expect.stringMatching(/Z$/),
    });
    expect(await cli.run(['get', 'nobody'], { home })).toMatchObject({ code: 1, stdout: '' });
    expect(await cli.run(['get', 'brand-x', '--headers', '--json'], { home })).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  it('says why a token cannot be had, and what to do', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    await cli.run(['import', writeEnv(folder)], { home });
    sandbox.withdraw('standard');
    const { code, stdout, stderr } = await cli.run(['get', 'brand-x'], { home });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('tokens connect brand-x');
  });

  it('keeps a home under a passphrase from a file, and refuses another passphrase', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    const [right, wrong] = [join(folder, 'right'), join(folder, 'wrong')];
    writeFileSync(right, 'correct horse battery staple\n');
    writeFileSync(wrong, 'something else\n');
    const made = await cli.run(['import', writeEnv(folder)], {
      home,
      env: { TOKENS_PASSPHRASE_FILE: right },
    });
    expect(made).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('sealed with your passphrase'),
    });
    expect((await cli.run(['status'], { home, env: { TOKENS_PASSPHRASE_FILE: right } })).code).toBe(
      0,
    );
    expect(
      await cli.run(['status'], { home, env: { TOKENS_PASSPHRASE_FILE: wrong } }),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The passphrase is not the one of'),
    });
    expect(await cli.run(['status'], { home })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TOKENS_PASSPHRASE_FILE'),
    });
    expect(
      await cli.run(['status'], { home, env: { TOKENS_PASSPHRASE_FILE: join(folder, 'none') } }),
    ).toMatchObject({ code: 1 });
  });

  it.each([
    [['SIGINT']],
    // A closed terminal says nothing, and may send its signal twice.
    [['SIGHUP', 'SIGHUP', 'SIGINT']],
  ] as const)('ends the exchanges under way when %j comes, and starts no more', async (signals) => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = () => {};
    const firstAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = createServer(async (_request, response) => {
      asked();
      await held;
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ access_token: 'a', refresh_token: 'r2', expires_in: 3600 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    const tenants = Array.from({ length: 3 }, (_, index) => ({
      tenant: `t${index}`,
      provider: 'oauth2',
      client_id: 'c',
      token_url: url,
      refresh_token: `r${index}`,
      max_concurrency: 1,
    }));
    await cli.run(['import', '-'], { home, input: JSON.stringify(tenants) });
    const child = spawn(process.execPath, [processes.path(), '--home', home, 'rotate', '--json'], {
      env: { ...process.env, ALLOW_LOOPBACK_HTTP: 'true' },
    });
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
    const output = text(child.stdout);
    await firstAsked;
    for (const signal of signals) {
      child.kill(signal);
    }
    await new Promise((resolve) => child.stderr.once('data', resolve));
    release();
    const { summary, outcomes } = JSON.parse(await output);
    expect(await exited).toBe(1);
    expect(summary).toMatchObject({ total: 3, rotated: 1, deferred: 2 });
    expect(outcomes.find(({ status }: { status: string }) => status === 'rotated')).toMatchObject({
      refresh_token_changed: true,
    });
    server.close();
  });
});
