import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verbs } from '../../bin/verbs.ts';
import { version } from '../../lib/version.ts';
import { cliInProcess } from '../fakes/cli.ts';
import { cliProcesses } from '../fakes/cli-process.ts';
import { helpOf } from '../fakes/help.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const cli = cliInProcess();
const processes = cliProcesses();

describe('tokens', () => {
  it('shows every verb, and how to begin, within 80 columns', async () => {
    const { code, stdout } = await processes.run(['--help']);
    expect(code).toBe(0);
    for (const { name } of verbs) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(stdout).toContain('tokens import .env');
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  it('shows an example of every verb, within 80 columns', async () => {
    for (const { name } of verbs) {
      const help = await helpOf([name]);
      expect(help).toMatch(new RegExp(`Examples?:[^]*tokens ${name} `));
      expect({ name, widest: widest(help) <= 80 }).toEqual({ name, widest: true });
    }
  });

  it.each([
    ['an unknown verb', ['rotat']],
    ['an unknown option', ['rotate', '--every']],
    ['a missing argument', ['get']],
    ['no verb at all', []],
    ['a senseless value', ['rotate', '--expiring-within', 'soon']],
    ['both a folder and a stack', ['status', '--stack', 'TokenRotator']],
  ])('ends with 2 for %s', async (_what, args) => {
    const { code, stdout, stderr } = await cli.run(args, { home: temporaryFolder() });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it.each([
    ['rotat', "Unknown command 'rotat'. Did you mean rotate?", 'tokens --help'],
    ['status --jsn', "Unknown option '--jsn'. Did you mean --json?", 'tokens status --help'],
    ['get', "Missing required argument 'tenant'.", 'tokens get --help'],
    ['app set-secret a --fil x', /^Unknown option '--fil'\. Did you mean --file\?$/],
    ['app bogus', "Unknown command 'bogus'.", 'tokens app --help'],
    ['help bogus', "Unknown command 'bogus'.", 'tokens --help'],
    ['help app bogus', "Unknown command 'bogus'.", 'tokens app --help'],
    ['invite list --csv', "Unknown option '--csv'.", 'tokens invite list --help'],
    ['invite revoke acme --failing', "Unknown option '--failing'.", 'tokens invite revoke --help'],
    ['add acme --client-secret canary', /'--client-secret'\. Did you mean --client-secret-file\?/],
    ['add acme --client-secret=canary', /'--client-secret'\. Did you mean --client-secret-file\?/],
    ['invite acme --for 7', '--for takes a number above 0 and a unit: 90s, 45m, 2h, 30d.'],
  ])('says of "%s" what is wrong, and where help is', async (line, said, help?: string) => {
    const words = line.split(' ');
    const home = temporaryFolder();
    const person = await cli.run(words, { home });
    const program = await cli.run([...words, '--json'], { home });
    expect([person.code, program.code]).toEqual([2, 2]);
    const { message, next_step } = JSON.parse(program.stderr).error;
    expect(message).toEqual(typeof said === 'string' ? said : expect.stringMatching(said));
    expect(person.stderr).toContain(`Error: ${message}\n`);
    if (help) {
      expect(next_step).toBe(`See: ${help}`);
      expect(person.stderr).toContain(`  See: ${help}\n`);
    }
    expect(person.stderr + program.stderr).not.toContain('canary');
  });

  it.each([['--home'], ['--stack']])('names an option without its value: %s', async (option) => {
    const person = await cli.run(['status', option]);
    expect([person.code, person.stdout]).toEqual([2, '']);
    expect(person.stderr).toMatch(/^Error: Option '--\w+ <\w+>' argument missing\.\n {2}See: /);
    const program = await cli.run(['--json', option]);
    expect(JSON.parse(program.stderr).error).toMatchObject({ code: 'usage' });
  });

  it.each([
    [['--version'], `${version}\n`],
    [['status', '--version'], `${version}\n`],
    [['help', 'app', 'set-secret'], 'Usage: tokens app set-secret [options] <app>\n'],
    [['help', 'status', 'acme'], 'Usage: tokens status [options] [tenants...]\n'],
    [['app', 'help', 'set'], 'Usage: tokens app set [options] <app> <field=value...>\n'],
  ])('prints what is asked for once, and ends with 0: tokens %j', async (args, head) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.slice(0, head.length)).toBe(head);
    expect(stdout.split(head)).toHaveLength(2);
  });

  it('lists below a verb of verbs only the options that it takes there', async () => {
    const help = await helpOf(['invite', 'list']);
    expect(help).toContain('--stack <name>');
    expect(help).not.toContain('--note');
  });

  it('ends with 1 where there is no home, says how to begin, and makes none', async () => {
    const home = join(temporaryFolder(), 'home');
    const all = [
      ['status'],
      ['rotate'],
      ['get', 'acme'],
      ['history', 'acme'],
      ['export', 'acme', home],
    ];
    for (const { code, stderr } of await Promise.all(all.map((args) => cli.run(args, { home })))) {
      expect(code).toBe(1);
      expect(stderr).toContain('tokens import .env');
    }
    const again = await cli.run(['status'], { home });
    expect(again.stderr).toContain(`There is no home in ${home} yet.`);
  });

  it('tells a program of an error as JSON, and by the exit code of its process', async () => {
    expect((await processes.run(['rotat'])).code).toBe(2);
    const { code, stderr } = await processes.run(['status', '--json'], {
      home: join(temporaryFolder(), 'home'),
    });
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toEqual({
      version: 1,
      error: {
        code: 'no_home',
        message: expect.stringContaining('There is no home'),
        next_step: expect.stringContaining('tokens import .env'),
      },
    });
  });

  it('uses no colours off a terminal', async () => {
    const { stdout, stderr } = await processes.run(['status', '--help'], {
      env: { FORCE_COLOR: '' },
    });
    expect(stdout + stderr).not.toContain('\u001b[');
  });

  it('takes its home from TOKENS_HOME', async () => {
    const home = join(temporaryFolder(), 'elsewhere');
    const { stderr } = await cli.run(['status'], { env: { TOKENS_HOME: home } });
    expect(stderr).toContain(home);
  });

  it('brings its work to an end although nobody reads its output any more', async () => {
    const home = temporaryFolder();
    const file = join(home, 'clients.json');
    writeFileSync(
      file,
      JSON.stringify(Array.from({ length: 300 }, (_, index) => entry(`client-${index}`))),
    );
    await new Promise((resolve) => {
      const child = spawn(
        process.execPath,
        [processes.path(), '--home', join(home, 'home'), 'import', file],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      child.stdout.destroy();
      child.stderr.destroy();
      child.on('close', resolve);
    });
    const { stdout } = await cli.run(['status', '--json'], { home: join(home, 'home') });
    expect(JSON.parse(stdout).tenants).toHaveLength(300);
  });
});

function entry(tenant: string): object {
  return {
    tenant,
    provider: 'amazon-ads',
    client_id: 'a',
    client_secret: 'b',
    refresh_token: `refresh.${tenant}`,
  };
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}
