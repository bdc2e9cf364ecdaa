import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { cliProcesses } from '../../fakes/cli-process.ts';
import { startConsentServer } from '../../fakes/consent-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
const processes = cliProcesses();

async function tenants(home: string): Promise<Record<string, object>> {
  return JSON.parse((await (await openFolderHome({ home })).vault.read('default'))?.text ?? '{}')
    .tenants;
}

describe('tokens add', () => {
  it('names all that is missing at once off a terminal, and makes no home', async () => {
    const home = join(temporaryFolder(), 'home');
    expect((await cli.run(['add'], { home })).stderr).toContain(
      'are missing: <tenant>, --provider ID.',
    );
    const { code, stderr } = await cli.run(
      ['add', 'acme', '--provider', 'instacart-ads', '--authorization-code-file', '-'],
      {
        home,
        input: 'canary-code',
      },
    );
    expect(code).toBe(2);
    expect(stderr).toContain(
      'are missing: --client-id TEXT, --client-secret-file FILE, --redirect-uri TEXT.',
    );
    expect(existsSync(home)).toBe(false);
  });

  it('takes secrets from files and stdin', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    writeFileSync(join(folder, 'secret'), 'canary-secret\n');
    const args = ['add', 'acme', '--provider', 'amazon-ads', '--client-id', 'c', '--region', 'eu'];
    const { code, stdout } = await cli.run(
      [...args, '--client-secret-file', join(folder, 'secret'), '--refresh-token-file', '-'],
      {
        home,
        input: 'canary-token\n',
      },
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Tenant acme was added to home ${home}. Next: tokens rotate acme --home ${home}\n`,
    });
    expect(await tenants(home)).toEqual({
      acme: {
        provider: 'amazon-ads',
        client_id: 'c',
        region: 'eu',
        client_secret: 'canary-secret',
        refresh_token: 'canary-token',
      },
    });
    const again = await cli.run(args, { home });
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is a tenant acme already.'),
    });
  });

  it('takes no secret as an argument', async () => {
    const home = join(temporaryFolder(), 'home');
    const { code, stderr } = await cli.run(
      ['add', 'acme', '--provider', 'amazon-ads', '--set', 'client_secret=canary'],
      { home },
    );
    expect(code).toBe(2);
    expect(stderr).toContain('--client-secret-file FILE');
  });

  it('adds a tenant without a credential, which is then to be connected', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    writeFileSync(join(folder, 'secret'), 'canary-secret');
    const args = [
      '--provider',
      'google-ads',
      '--client-id',
      'c',
      '--client-secret-file',
      join(folder, 'secret'),
    ];
    const { code, stdout } = await cli.run(['add', 'acme', ...args, '--json'], { home });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      added: true,
      tenant: 'acme',
      next: 'tokens connect acme',
    });
    expect((await cli.run(['status'], { home })).stdout).toContain('tokens connect acme');
  });

  it('asks an issuer once for its endpoints, and shows what it told', async () => {
    const server = await startConsentServer(['http://127.0.0.1/callback']);
    onTestFinished(() => server.close());
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    writeFileSync(join(folder, 'secret'), 'canary-secret');
    const args = ['add', 'acme', '--issuer', server.issuer, '--client-id', 'c'];
    const secret = ['--client-secret-file', join(folder, 'secret')];
    const connect = ['--redirect-uri', 'http://127.0.0.1/callback'];
    const { code, stderr, stdout } = await cli.run([...args, ...secret, ...connect], { home });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('connect') });
    expect(stderr).toContain(`token_url: ${server.tokenUrl}`);
    expect(await tenants(home)).toMatchObject({
      acme: {
        provider: 'oauth2',
        issuer: server.issuer,
        token_url: server.tokenUrl,
        authorize_url: server.authorizeUrl,
      },
    });
  });

  it('refuses what can never work, before anything is written', async () => {
    const home = join(temporaryFolder(), 'home');
    const add = (...args: string[]) => cli.run(['add', 'acme', ...args], { home, input: 'canary' });
    const token = ['--client-id', 'c', '--refresh-token-file', '-'];
    expect(
      await add('--provider', 'oauth2', '--token-url', 'http://as.example/token', ...token),
    ).toMatchObject({ code: 2, stderr: expect.stringContaining('must be an https URL') });
    expect(
      await add('--provider', 'amazon-ads', '--region', 'mars', '--client-id', 'c'),
    ).toMatchObject({ code: 2, stderr: expect.stringContaining('one of na, eu, fe') });
    expect(await add('--provider', 'instacart-ads', '--client-id', 'c')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--authorize-url TEXT'),
    });
    expect(await add('--provider', 'amazonads')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Did you mean amazon-ads?'),
    });
    expect(existsSync(home)).toBe(false);
  });

  it('says in its help what a tenant of each provider needs', async () => {
    const { stdout } = await cli.run(['add', '--help']);
    expect(stdout).toMatch(/^ {2}amazon-ads: region \(na \| eu \| fe\), client_id, client_secret/m);
    expect(stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('has shown no secret', () => {
    expect(cli.spoken()).not.toContain('canary');
  });

  const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0;
  if (!hasPython) {
    console.warn('SKIPPED: prompts at a pseudo-terminal need python3 on the PATH');
  }

  it.skipIf(!hasPython)(
    'says that nothing was changed where Ctrl-D leaves a question',
    async () => {
      const command = [process.execPath, processes.path(), '--home', temporaryFolder(), 'add'];
      const child = spawn('python3', [
        join(import.meta.dirname, '../../fakes/type-at-terminal.py'),
        JSON.stringify({ command, typed: [['Name of the tenant', '\u0004']] }),
      ]);
      expect(await text(child.stdout)).toContain('Left without an answer: nothing was changed.');
    },
  );

  it.skipIf(!hasPython)(
    'asks at a terminal for what is missing, and hides secrets as they are typed',
    async () => {
      const home = join(temporaryFolder(), 'home');
      const typed = [
        ['Name of the tenant', 'brandx\r'],
        ['How does it get its first token?', '\r'],
        ['Client ID', 'cid\r'],
        ['Client secret', 'canary-secret\r'],
        ['Refresh token', 'canary-token\r'],
      ];
      const command = [
        process.execPath,
        processes.path(),
        '--home',
        home,
        'add',
        '--provider',
        'instacart-ads',
      ];
      const child = spawn('python3', [
        join(import.meta.dirname, '../../fakes/type-at-terminal.py'),
        JSON.stringify({ command, typed }),
      ]);
      const [screen, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
      expect(problems).toBe('');
      expect(screen).toContain('Next: ');
      expect(screen).not.toContain('canary');
      expect(await tenants(home)).toEqual({
        brandx: {
          provider: 'instacart-ads',
          client_id: 'cid',
          client_secret: 'canary-secret',
          refresh_token: 'canary-token',
        },
      });
    },
  );
});
