import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEvent } from '../lambda/event.ts';
import { DEFAULT_SHARD } from '../lambda/names.ts';
import type { Outcome } from '../lambda/outcome.ts';
import { openFolder } from './homes/folder-home.ts';
import type { Home } from './homes/home.ts';
import { markSandbox } from './homes/sandbox-mark.ts';
import { editMap } from './map/edit-map.ts';
import { insertNewcomers } from './newcomers/add-tenants.ts';
import { sandboxAccounts, sandboxTenants, USED_ELSEWHERE } from './sandbox/fleet.ts';
import { startSandbox } from './sandbox/server.ts';
import { type StartOptions, startScript } from './sandbox/start-script.ts';
import { readScript } from './terminal/read-script.ts';
import { showReport } from './terminal/report-view.ts';
import { withProgress } from './terminal/rotation-progress.ts';
import { formatTable } from './terminal/table.ts';
import { openTerminal } from './terminal/terminal.ts';
import { watchOutput } from './terminal/watch-output.ts';

/**
 * `npm start`: rotates sandbox tenants of every provider twice, over a real home in a temporary
 * folder, against a sandbox server on loopback.
 */
const LATENCY_MS = 120;

const { keep = false } = readScript(startScript()).opts<StartOptions>();
const KEPT = `
The sandbox server goes on until you press Ctrl-C. In another terminal you can
try every command on this folder: rotate, connect, get, and what --help lists.`;
const ENDED = `
The sandbox server has ended. To rotate and connect there: npm start -- --keep`;

watchOutput(process);
const terminal = openTerminal(process);
const { print, colors } = terminal;

print(colors.bold('Token Rotator, in a sandbox'));
print(
  'No real provider is contacted: a sandbox authorization server on this machine\n' +
    'takes their place. Everything else is as it will be with your tenants.\n',
);

const sandbox = await startSandbox(sandboxAccounts, LATENCY_MS);
const folder = await mkdtemp(join(tmpdir(), 'token-rotator-sandbox-'));
const home = await openFolder({
  folder,
  create: true,
  passphrase: async () => undefined,
  allowLoopbackHttp: true,
  log: () => {},
  note: () => {},
});
await markSandbox(folder);
const newcomers = sandboxTenants(sandbox);
await editMap(home.ports.vault, DEFAULT_SHARD, (text, map) =>
  insertNewcomers(text, map, newcomers),
);
print(`${newcomers.tenants.size} tenants are in a new vault, encrypted, in\n${folder}\n`);

print(colors.bold('First run: every tenant gets a fresh access token'));
const first = await rotateAll(home);

// The server refuses the token from now on, as after its use by another program.
sandbox.withdraw('oauth2');
print(colors.bold(`\nSecond run: meanwhile another program has used ${USED_ELSEWHERE}'s token`));
const second = await rotateAll(home);
if (!keep) {
  await sandbox.close();
}

print(colors.bold('\nWhat a rotating provider does: each run brings another refresh token'));
print(fingerprints(first, second));
print('(fingerprints: the first 16 hex digits of SHA-256. No token is ever shown.)');

print(`
${colors.bold('All of this was a sandbox: no real provider was contacted.')}
Nothing came of an answer before the archive had it whole, and every new refresh
token is committed: what a provider issues is never lost. Look around:
  ${colors.cyan(`npm run tokens -- status --home ${folder}`)}
  ${colors.cyan(`npm run tokens -- history brandx --home ${folder}`)}
(The folder holds sandbox tokens only: delete it when you like.)
${keep ? KEPT : ENDED}

${colors.bold('Your own tenants')}: write an env file .env with
  CLIENTS=ACME
  ACME_CLIENT_ID=…
  ACME_CLIENT_SECRET=…
  ACME_REDIRECT_URI=…
  ACME_AUTH_CODE=…        (or ACME_REFRESH_TOKEN=…; ACME_PROVIDER=amazon-ads, …)
then
  ${colors.cyan('npm run tokens -- import .env && npm run tokens -- rotate')}
Everything else: ${colors.cyan('npm run tokens -- --help')}. Where a message says
"tokens rotate", type "npm run tokens -- rotate", or run "npm link" once before.`);

if (keep) {
  process.once('SIGINT', () => {
    void sandbox.close().then(() => print('The sandbox server has ended.'));
  });
}

async function rotateAll({ rotate }: Home): Promise<readonly Outcome[]> {
  const report = await withProgress(terminal, 'Rotating in the sandbox', (onProgress) =>
    rotate(parseEvent({}), onProgress),
  );
  showReport(terminal, report, Date.now());
  return report.outcomes;
}

function fingerprints(before: readonly Outcome[], after: readonly Outcome[]): string {
  const rows = before
    .filter(
      ({ grant_type, fingerprint }) =>
        fingerprint !== undefined && grant_type !== 'client_credentials',
    )
    .flatMap(({ tenant, provider, fingerprint = '' }) => {
      const now = after.find(
        (outcome) => outcome.tenant === tenant && outcome.status === 'rotated',
      )?.fingerprint;
      return now === undefined
        ? []
        : [
            [
              tenant,
              provider ?? '',
              fingerprint,
              now,
              now === fingerprint ? 'the same' : { text: 'new', paint: colors.green },
            ],
          ];
    });
  return formatTable(
    [{ title: 'TENANT', whole: true }, 'PROVIDER', 'FIRST RUN', 'SECOND RUN', 'REFRESH TOKEN'],
    rows,
    terminal,
  );
}
