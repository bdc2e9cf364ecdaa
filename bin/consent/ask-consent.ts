import type { Tenant } from '../../lambda/map/tenant.ts';
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
  /** Fields that the entry keeps of the redirect. */
  keep: Readonly<Record<string, string>>;
}

/** Whose consent is asked for, and how. */
export interface ConsentPlan {
  tenant: Tenant;
  redirectUri: string;
  /** Open the page in the browser of this machine. */
  browser: boolean;
}

/**
 * Asks for consent in the browser and catches the redirect on this machine. Throws CommandError.
 */
export async function consentByLoopback(
  terminal: Terminal,
  plan: ConsentPlan,
): Promise<Redirected> {
  const listener = await listenOnLoopback(plan.redirectUri);
  try {
    const request = authorizationRequest(plan.tenant, listener.redirectUri);
    await present(terminal, plan, request, 'Open this page in a browser of this machine');
    terminal.progress(WAITING);
    const judge = (parameters: URLSearchParams) => judgeRedirect(parameters, request);
    const judged = await listener.wait(judge, CONSENT_MS, (message) => {
      terminal.note(`A redirect came and was not used. ${message} Still waiting …`);
      terminal.progress(WAITING);
    });
    return accept(request, judged);
  } finally {
    terminal.progress('');
    listener.close();
  }
}

const WAITING = 'Waiting for the consent (10 minutes at most) …';

/**
 * Asks for consent in the browser and takes the address that it ends on, from a person or from
 * stdin. Throws CommandError and UsageError.
 */
export async function consentByPaste(terminal: Terminal, plan: ConsentPlan): Promise<Redirected> {
  const request = authorizationRequest(plan.tenant, plan.redirectUri);
  await present(terminal, plan, request, 'Open this page, or send it to the account owner');
  const judge = (pasted: string) =>
    judgeRedirect(parsePastedRedirect(pasted, request.codeParam), request);
  const pasted = terminal.interactive
    ? await askSecret(terminal, 'Paste the address that the browser shows after the consent', {
        check: (value) => foreignness(judge, value),
      })
    : await readSecret(terminal, 'The redirect', '-');
  return accept(request, judge(pasted));
}

async function present(
  terminal: Terminal,
  { tenant: { name, provider }, browser }: ConsentPlan,
  { url }: AuthorizationRequest,
  byHand: string,
): Promise<void> {
  const isOpen = browser && (await openBrowser(url));
  const how = isOpen ? 'The browser opens; if it does not, open this page yourself' : byHand;
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
    if (error instanceof CommandError) {
      return error.message;
    }
    throw error;
  }
}

function accept(
  { codeVerifier, redirectUri }: AuthorizationRequest,
  judged: RedirectAnswer,
): Redirected {
  if (judged.kind !== 'code') {
    throw new CommandError(`${judged.message} Nothing was changed.`);
  }
  return {
    code: judged.code,
    codeVerifier,
    redirectUri,
    keep: judged.keep ?? {},
  };
}
