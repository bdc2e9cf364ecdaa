import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();

/** Secrets of several looks. A search for one word finds each of them, and their halves. */
const SECRETS = {
  client_id: 'CANARYid.apps',
  client_secret: 'CANARYsecret/+x==',
  refresh_token: 'Atzr|CANARYtoken-1_2',
};

const ENV = [
  'CLIENTS=ACME,BRANDX',
  ...['ACME', 'BRANDX'].flatMap((client) =>
    Object.entries(SECRETS).map(
      ([field, value]) => `${client}_${field.toUpperCase()}=${value}${client.toLowerCase()}`,
    ),
  ),
];
const LIST = ['acme', 'brandx'].map((tenant) => ({ tenant, ...SECRETS }));
const JSON_MAP = JSON.stringify(
  { version: 1, tenants: Object.fromEntries(LIST.map(({ tenant, ...entry }) => [tenant, entry])) },
  null,
  2,
);
const CSV = [
  'tenant,client_id,client_secret,refresh_token',
  ...LIST.map((entry) => Object.values(entry).join(',')),
].join('\n');

async function outputOf(contents: string | Uint8Array): Promise<string> {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, contents);
  const home = join(folder, 'home');
  const args = ['import', file, '--provider', 'amazon-ads'];
  const dry = await cli.run([...args, '--dry-run'], { home });
  const json = await cli.run(['--json', ...args, '--dry-run'], { home });
  const calls = [dry, json];
  if (dry.code !== 0) {
    calls.push(await cli.run(args, { home }));
    expect(existsSync(home)).toBe(false);
  }
  expect(new Set(calls.map(({ code }) => code)).size).toBe(1);
  return calls.flatMap(({ stdout, stderr }) => [stdout, stderr]).join('\n');
}

const withEnds = (end: string) => ENV.join(end);

const BROKEN: readonly [what: string, contents: string | Uint8Array][] = [
  ['lines that end in blanks', withEnds(' ')],
  ['lines that end in semicolons', withEnds(';')],
  ['lines that end in commas', withEnds(',')],
  ['lines that end in U+2028', withEnds('\u2028')],
  ['lines that end in NEL', withEnds('\u0085')],
  ['lines that end in vertical tabs', withEnds('\v')],
  ['escaped line ends', withEnds('\\n')],
  ['escaped line ends in quotes', `"${withEnds('\\n')}"`],
  ['a quoted list with escaped line ends', `CLIENTS="${withEnds('\\n').slice(8)}"`],
  ['an open quote at the list', withEnds('\n').replace('=', '="')],
  ['an open single quote at the list', withEnds('\n').replace('=', "='")],
  ['a list that a later quote closes', `${withEnds('\n').replace('=', '="')}"`],
  ['colons', ENV.map((line) => line.replace('=', ': ')).join('\n')],
  ['no equals signs', ENV.map((line) => line.replace('=', ' ')).join('\n')],
  ['values in the names', ENV.map((line) => line.split('=').reverse().join('=')).join('\n')],
  ['a list of secrets', `CLIENTS=${Object.values(SECRETS).join(',')}`],
  ['a list of tokens, without the name', Object.values(SECRETS).join('\n')],
  ['a token on two lines', withEnds('\n').replaceAll('CANARYtoken', '\nCANARYtoken')],
  ['Windows commands', ENV.map((line) => `set ${line}`).join('\r\n')],
  ['PowerShell', ENV.map((line) => line.replace(/(.*)=(.*)/, '$env:$1="$2"')).join('\r\n')],
  ['UTF-16 that lost its first byte', Buffer.from(withEnds('\n'), 'utf16le').subarray(1)],
  ['bytes of another encoding', Buffer.from(`# caf\u00e9\n${withEnds('\n')}`, 'latin1')],
  ['zero bytes', withEnds('\0')],
  ['a list in place of a map', JSON_MAP.replace('{', '[')],
  ['single quotes in JSON', JSON_MAP.replaceAll('"', "'")],
  ['secrets for names', JSON_MAP.replace('"acme"', `"${SECRETS.refresh_token}"`)],
  ['a secret twice as a key', `{"version":1,"${SECRETS.client_secret}":1,"CANARY":1,"CANARY":2}`],
  ['a secret for a provider', JSON.stringify([{ tenant: 'a', provider: 'CANARY/x' }])],
  ['a secret for an app', JSON.stringify([{ tenant: 'a', app: 'CANARY/x' }])],
  [
    'a secret for a region',
    JSON.stringify([{ ...LIST[0], provider: 'amazon-ads', region: 'CANARY' }]),
  ],
  ['a secret for a URL', JSON.stringify([{ ...LIST[0], provider: 'oauth2', token_url: 'CANARY' }])],
  ['objects for secrets', JSON.stringify([{ tenant: 'a', refresh_token: { CANARY: 'CANARY' } }])],
  ['two JSON values', `${JSON_MAP}${JSON_MAP}`],
  ['CSV without its first line', CSV.slice(CSV.indexOf('\n') + 1)],
  ['CSV with an open quote', CSV.replace('CANARYid', '"CANARYid')],
  ['CSV with quotes inside', CSV.replaceAll('CANARYid', '"CANARY"id')],
  ['CSV with a column less', CSV.replace(',refresh_token', '')],
  ['CSV with secrets for names', CSV.replaceAll(/^(acme|brandx),/gm, 'CANARY/$1,')],
  ['YAML', `clients:\n  - name: acme\n    refresh_token: ${SECRETS.refresh_token}\n`],
  ['a map inside a text', JSON.stringify(JSON_MAP)],
  ['a list in brackets', withEnds('\n').replace('ACME,BRANDX', '["ACME","BRANDX"]')],
  ['wide equals signs', withEnds('\n').replaceAll('=', '\uff1d')],
  [
    'lines that go on behind a backslash',
    withEnds('\n').replaceAll('CANARYtoken', '\\\nCANARYtoken'),
  ],
  [
    'a here document',
    withEnds('\n').replace('ACME_REFRESH_TOKEN=', 'ACME_REFRESH_TOKEN<<CANARY\n'),
  ],
  ['the marks of a merge', withEnds('\n').replace('ACME_REFRESH', '<<<<<<< CANARY\nACME_REFRESH')],
  ['a file that was cut', withEnds('\n').slice(0, -30)],
  ['keys that are mistyped', withEnds('\n').replaceAll('ACME_', 'ACNE_')],
  ['commands of a shell', withEnds('\n').replaceAll('=Atzr', '=$(cat CANARY)Atzr')],
  ['a token in angle brackets', withEnds('\n').replaceAll(/TOKEN=(.*)/g, 'TOKEN=<$1>')],
  ['a masked token', withEnds('\n').replaceAll('CANARYtoken', 'CANARY***')],
  ['errors of a spreadsheet', CSV.replaceAll('Atzr|CANARYtoken-1_2', '#REF!')],
  ['text marks of a spreadsheet', CSV.replaceAll('CANARYid.apps', '="CANARYid.apps"')],
  ['names that differ in case', CSV.replace('brandx', 'ACME')],
  ['addresses for names', CSV.replaceAll('acme,', 'CANARY@acme.example,')],
  ['camel case in JSON', JSON_MAP.replaceAll('refresh_token', 'refreshToken')],
  ['a cut line of JSONL', LIST.map((entry) => JSON.stringify(entry).slice(0, -9)).join('\n')],
  ['a token alone', SECRETS.refresh_token],
  ['TOML', `refresh_token = "CANARY"\n[acme]\nclient_secret = "CANARY"\n`],
  ['a compose file', `services:\n  x:\n    environment:\n      - A_REFRESH_TOKEN=CANARY\n`],
];

describe('tokens import of a broken file', () => {
  it.each(BROKEN)('shows no secret: %s', async (_what, contents) => {
    const output = await outputOf(contents);
    expect(output.trim()).not.toBe('');
    expect(output).not.toContain('CANARY');
  });

  it.each([
    ['an env file', ENV.join('\n')],
    ['JSON', JSON_MAP],
    ['CSV', CSV],
  ])('shows no secret, wherever %s is cut or has lost its line ends', async (_what, text) => {
    // What passes as a name may be shown. No name has a slash.
    const marked = text.replaceAll(/CANARY(?=secret|token)/g, 'CANARY/');
    const place = fc.nat({ max: marked.length });
    const noise = fc.constantFrom(
      '',
      '"',
      "'",
      '\n',
      '\r',
      ' ',
      '=',
      ',',
      '{',
      '#',
      '\u2028',
      '\0',
    );
    await fc.assert(
      fc.asyncProperty(place, place, noise, async (from, to, inserted) => {
        const [start, end] = [Math.min(from, to), Math.max(from, to)];
        const broken = marked.slice(0, start) + inserted + marked.slice(end);
        expect(await outputOf(broken)).not.toMatch(/CANARY[/](?:secret|token)/);
      }),
      { numRuns: 60 },
    );
  });
});
