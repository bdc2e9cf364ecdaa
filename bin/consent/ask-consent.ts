import type { Tenant } from '../../lambda/map/tenant-entry.ts';
import { CommandError } from '../errors.ts';
import { readSecret } from '../terminal/ask-missing.ts';
import { askSecret } from '../terminal/prompts.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type AuthorizationRequest, authorizationRequest } from './authorization-request.ts';
import { listenOnLoopback } from './loopback-listener.ts';
import { openBrowser } from './open-browser.ts';
import { judgeRedirect, parsePastedRedirect, type RedirectAnswer } from './redirect-answer.ts';

/** A page left open for longer asks again. */
const CONSENT_MS = 10 * 60_000;

/** The code that a consent brought, and what the exchange must repeat of the request. Secrets. */
interface Redirected {
  code: string;
  codeVerifier: string | null;
  redirectUri: string;
}

/**
 * Asks for consent in the browser and catches the redirect on this machine. Throws CommandError.
 */
export async function consentByLoopback(
  terminal: Terminal,
  tenant: Tenant,
  redirectUri: string,
  browser: boolean,
): Promise<Redirected> {
  const listener = await listenOnLoopback(redirectUri);
  try {
    const request = authorizationRequest(tenant, listener.redirectUri);
    await present(terminal, tenant, request, browser);
    terminal.progress('Waiting for the consent (10 minutes at most) …');
    return accept(
      request,
      await listener.wait((parameters) => judgeRedirect(parameters, request), CONSENT_MS),
    );
  } finally {
    terminal.progress('');
    listener.close();
  }
}

/**
 * Asks for consent in the browser and takes the address that it ends on, from a person or from
 * stdin. Throws CommandError and UsageError.
 */
export async function consentByPaste(
  terminal: Terminal,
  tenant: Tenant,
  redirectUri: string,
  browser: boolean,
): Promise<Redirected> {
  const request = authorizationRequest(tenant, redirectUri);
  await present(terminal, tenant, request, browser);
  const judge = (pasted: string) => judgeRedirect(parsePastedRedirect(pasted), request);
  const pasted = terminal.interactive
    ? await askSecret(terminal, 'Paste the address that the browser shows after the consent', {
        check: (value) => foreignness(judge, value),
      })
    : await readSecret('The redirect', '-');
  return accept(request, judge(pasted));
}

async function present(
  terminal: Terminal,
  { name, provider }: Tenant,
  { url }: AuthorizationRequest,
  browser: boolean,
): Promise<void> {
  const isOpen = browser && (await openBrowser(url));
  const how = isOpen
    ? 'The browser opens; if it does not, open this page yourself'
    : 'Open this page, or send it to the account owner';
  terminal.note(`${provider.title} asks the owner of ${name} for consent. ${how}:\n\n${url}\n`);
}

/** On a terminal one may try again with another address. */
function foreignness(
  judge: (pasted: string) => RedirectAnswer,
  pasted: string,
): string | undefined {
  try {
    const judged = judge(pasted);
    return judged.kind === 'foreign' ? judged.message : undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

function accept(
  { codeVerifier, redirectUri }: AuthorizationRequest,
  judged: RedirectAnswer,
): Redirected {
  if (judged.kind !== 'code') throw new CommandError(`${judged.message} Nothing was changed.`);
  return { code: judged.code, codeVerifier, redirectUri };
}
