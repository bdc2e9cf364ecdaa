import type { Command } from 'commander';
import type { Outcome } from '../../lambda/outcome.ts';
import { consentByLoopback, consentByPaste } from '../consent/ask-consent.ts';
import { isLoopbackUri } from '../consent/loopback-listener.ts';
import type { Act } from '../context.ts';
import { UsageError } from '../errors.ts';
import {
  type Candidate,
  type Consent,
  findCandidate,
  redeem,
  toConnected,
} from '../operations/connect-tenant.ts';
import { askMissing, readSecret } from '../terminal/ask-missing.ts';
import { printJson, type Terminal } from '../terminal/terminal.ts';
import { untilText } from '../terminal/time-text.ts';

interface ConnectOptions {
  browser: boolean;
  paste?: boolean;
  codeStdin?: boolean;
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
  tokens connect acme --code-stdin < code.txt a code from the platform's page`;

export function define(command: Command, act: Act): void {
  command
    .argument('<tenant>', 'who is to be connected, or connected again')
    .option('--no-browser', 'print the link, open nothing')
    .option('--paste', 'paste the redirect back (or give it on stdin) in place of catching it here')
    .option(
      '--code-stdin',
      'ask for no consent: read a code that the platform has shown from stdin',
    )
    .option('--redirect-uri <uri>', 'where the platform redirects to, as registered with it')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, name: string, options: ConnectOptions) => {
        const { terminal } = context;
        if (options.paste && options.codeStdin)
          throw new UsageError('Give --paste or --code-stdin, not both.');
        const home = await context.openHome();
        const candidate = await findCandidate(home.ports, name);
        const consent = await (options.codeStdin
          ? readCode(candidate, options)
          : askConsent(terminal, candidate, options));
        terminal.progress('Exchanging the code …');
        const outcome = await redeem(home, candidate, consent);
        terminal.progress('');
        if (context.json) printJson(terminal, outcome);
        else show(terminal, outcome);
        if (!isConnected(outcome)) context.fail();
      }),
    );
}

async function askConsent(
  terminal: Terminal,
  candidate: Candidate,
  options: ConnectOptions,
): Promise<Consent> {
  const redirectUri =
    options.redirectUri ?? candidate.redirectUri ?? (await askRedirectUri(terminal));
  if (!URL.canParse(redirectUri))
    throw new UsageError('--redirect-uri must be a URL, as it is registered with the platform.');
  const tenant = toConnected(candidate, redirectUri);
  const browser = options.browser && terminal.interactive;
  const isCaught = isLoopbackUri(redirectUri) && !options.paste;
  return isCaught
    ? consentByLoopback(terminal, tenant, redirectUri, browser)
    : consentByPaste(terminal, tenant, redirectUri, browser);
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

/** A code from a page that others opened: it was asked for without our verifier. */
async function readCode(candidate: Candidate, options: ConnectOptions): Promise<Consent> {
  const redirectUri = options.redirectUri ?? candidate.redirectUri;
  toConnected(candidate, redirectUri);
  const code = (await readSecret('--code-stdin', '-')).trim();
  if (/\s|^https?:/.test(code))
    throw new UsageError(
      '--code-stdin takes the code alone: the value of "code" in the address, decoded.',
    );
  return { code, codeVerifier: null, redirectUri };
}

/** A run may have fallen back on the old refresh token. */
function isConnected({ status, grant_type }: Outcome): boolean {
  return status === 'rotated' && grant_type === 'authorization_code';
}

function show(terminal: Terminal, outcome: Outcome): void {
  const { tenant, error, expires_at, fingerprint, refresh_token_changed, reason, warning } =
    outcome;
  if (isConnected(outcome)) {
    const ends =
      expires_at === undefined
        ? ''
        : ` Its access token ends ${untilText(Date.parse(expires_at), Date.now())}.`;
    terminal.print(`${terminal.colors.green('Connected')} ${tenant}.${ends}`);
    if (refresh_token_changed)
      terminal.print(`Its refresh token ${fingerprint ?? ''} is kept and rotated from now on.`);
    else
      terminal.print(
        'The platform gave no new refresh token: if access is to last, check that the scope asks for offline access.',
      );
    return;
  }
  terminal.print(
    `${terminal.colors.red('Not connected:')} ${error?.message ?? warning ?? reason ?? outcome.status}`,
  );
  terminal.print(`  ${error?.next_step ?? nextStep(outcome)}`);
}

function nextStep({ tenant, status }: Outcome): string {
  return status === 'busy' || status === 'deferred'
    ? `The code waits in its entry, and lives for minutes only. Run soon: tokens rotate ${tenant}`
    : `Connect it again: tokens connect ${tenant}`;
}
