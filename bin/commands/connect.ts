import type { Outcome } from '../../lambda/outcome.ts';
import { consentByLoopback, consentByPaste } from '../consent/ask-consent.ts';
import { redeemDeviceCode } from '../consent/connect-device.ts';
import {
  type Candidate,
  type Consent,
  findCandidate,
  redeem,
  toConnected,
} from '../consent/connect-tenant.ts';
import { type ConsentResult, consentResult } from '../consent/consent-result.ts';
import { authorizeDevice } from '../consent/device-authorization.ts';
import { isLoopbackUri } from '../consent/loopback-listener.ts';
import { readPastedCode } from '../consent/pasted-code.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { askMissing, readSecret } from '../terminal/ask-missing.ts';
import { withProgress } from '../terminal/rotation-progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { untilText } from '../terminal/time-text.ts';
import { defineVerb } from '../verb.ts';

interface ConnectOptions {
  browser: boolean;
  paste?: boolean;
  codeStdin?: boolean;
  device?: boolean;
  redirectUri?: string;
}

const EXAMPLES = `
The consent page opens in the browser. Where the platform may redirect to this
machine, that is caught here; else paste the address the browser ends on. The
code is exchanged at once, and kept like every other token.

Examples:
  tokens connect acme
  tokens connect acme --no-browser            print the link only
  tokens connect acme --paste                 the browser is on another machine
  tokens connect acme --code-stdin < code.txt a code from the platform's page
  tokens connect acme --device                the owner is somewhere else`;

export const define = defineVerb<[string, ConnectOptions], Outcome>({
  usage: (command) =>
    command
      .argument('<tenant>', 'who is to be connected, or connected again')
      .option('--no-browser', 'print the link, open nothing')
      .option('--paste', 'paste the redirect back (or give it on stdin): none is caught here')
      .option('--code-stdin', 'ask for no consent: read a code, or its whole address, from stdin')
      .option('--device', 'show a short code that somebody types in a browser of their own')
      .option('--redirect-uri <uri>', 'where the platform redirects to, as registered with it')
      .addHelpText('after', EXAMPLES),
  run: connectTenant,
  print: printOutcome,
  exitCode: (outcome) => (consentResult(outcome) === 'connected' ? 0 : 1),
});

async function connectTenant(
  { terminal, openHome }: Context,
  name: string,
  options: ConnectOptions,
): Promise<Outcome> {
  const { paste, codeStdin, device } = options;
  if ([paste, codeStdin, device].filter(Boolean).length > 1) {
    throw new UsageError('Give one of --paste, --code-stdin and --device, not both.');
  }
  const home = await openHome();
  if (device) {
    return connectDevice(terminal, home, name);
  }
  const candidate = await findCandidate(home.ports, name);
  const consent = await (options.codeStdin
    ? readCode(terminal, candidate, options)
    : askConsent(terminal, candidate, options));
  return withProgress(terminal, 'Exchanging the code', (onProgress) =>
    redeem(home, candidate, consent, onProgress),
  );
}

async function connectDevice(terminal: Terminal, home: Home, name: string): Promise<Outcome> {
  const candidate = await findCandidate(home.ports, name, 'device_code');
  const tenant = toConnected(candidate, undefined, 'device_code');
  const authorization = await authorizeDevice(home.ports, tenant);
  const { userCode, verificationUri, completeUri, expiresAt } = authorization;
  const minutes = Math.round((expiresAt - home.ports.clock.now()) / 60_000);
  const direct = completeUri === null ? '' : `\nOr open ${completeUri}`;
  terminal.note(
    `${tenant.provider.title} asks the owner of ${name} for consent. In any browser, open\n\n` +
      `  ${verificationUri}\n\nand type this code, which lives ${minutes} minutes:\n\n  ` +
      `${userCode}\n${direct}`,
  );
  terminal.progress('Waiting for the consent …');
  return redeemDeviceCode(home, candidate, authorization);
}

async function askConsent(
  terminal: Terminal,
  candidate: Candidate,
  options: ConnectOptions,
): Promise<Consent> {
  const redirectUri =
    options.redirectUri ?? candidate.redirectUri ?? (await askRedirectUri(terminal));
  if (!URL.canParse(redirectUri)) {
    throw new UsageError('--redirect-uri must be a URL, as it is registered with the platform.');
  }
  const plan = {
    tenant: toConnected(candidate, redirectUri),
    redirectUri,
    browser: options.browser && terminal.interactive,
  };
  const isCaught = isLoopbackUri(redirectUri) && !options.paste;
  return isCaught ? consentByLoopback(terminal, plan) : consentByPaste(terminal, plan);
}

async function askRedirectUri(terminal: Terminal): Promise<string> {
  const question = {
    field: 'redirect_uri',
    label: 'Redirect URI, as registered with the platform',
    secret: false,
    option: '--redirect-uri URI',
    check: (value: string) => (URL.canParse(value) ? undefined : 'it must be a URL'),
  };
  return (await askMissing(terminal, new Map(), [question])).get('redirect_uri') ?? '';
}

/** Reads a code from a page that others opened. It was asked for without our verifier. */
async function readCode(
  terminal: Terminal,
  candidate: Candidate,
  options: ConnectOptions,
): Promise<Consent> {
  const redirectUri = options.redirectUri ?? candidate.redirectUri;
  const { authorize } = toConnected(candidate, redirectUri).provider;
  const read = readPastedCode(
    await readSecret(terminal, '--code-stdin', '-'),
    authorize?.code_param,
  );
  if ('fault' in read) {
    throw new UsageError(`--code-stdin takes a code: what came ${read.fault}.`);
  }
  return {
    code: read.value,
    codeVerifier: null,
    redirectUri,
    keep: {},
  };
}

function printOutcome(terminal: Terminal, outcome: Outcome): void {
  const result = consentResult(outcome);
  if (result === 'connected') {
    printConnected(terminal, outcome);
  } else {
    printOpenQuestion(terminal, outcome, result);
  }
}

function printOpenQuestion(
  { colors, printWrapped }: Terminal,
  outcome: Outcome,
  result: Exclude<ConsentResult, 'connected'>,
): void {
  const { error, warning, reason, status, tenant } = outcome;
  const isHere = result === 'other_account';
  const what = isHere ? colors.yellow(`Connected ${tenant}.`) : colors.red('Not connected:');
  const other = status === 'rotated' ? FASTER : status;
  printWrapped(`${what} ${error?.message ?? warning ?? reason ?? other}`, '  ');
  printWrapped(`  ${error?.next_step ?? nextStep(outcome)}`, '  ');
}

function printConnected(
  { colors, print }: Terminal,
  { tenant, expires_at, fingerprint, refresh_token_changed }: Outcome,
): void {
  const ends =
    expires_at == null
      ? ''
      : ` Its access token ends ${untilText(Date.parse(expires_at), Date.now())}.`;
  print(`${colors.green('Connected')} ${tenant}.${ends}`);
  print(
    refresh_token_changed
      ? `Its refresh token ${fingerprint ?? ''} is kept and rotated from now on.`
      : 'The platform gave no new refresh token. If access is to last, check that the scope asks ' +
          'for offline access.',
  );
}

/** The code was taken out of the entry, or replaced, before a run could send it. */
const FASTER = 'another consent or edit was faster. The tenant works.';

function nextStep({ tenant, status }: Outcome): string {
  if (status === 'rotated') {
    return `See: tokens history ${tenant}`;
  }
  return status === 'busy' || status === 'deferred'
    ? `The code waits in its entry, and lives for minutes only. Run soon: tokens rotate ${tenant}`
    : `Connect it again: tokens connect ${tenant}`;
}
