import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { type Attempt, attemptCookie, parseCookie, parseState } from './attempt.ts';
import { attemptResult } from './attempt-result.ts';
import { type ConnectLink, linkState } from './connect-link.ts';
import { formFault } from './form-check.ts';
import { hashOf, isAttemptId, isLinkId, matchesHash, parseLinkToken } from './link-token.ts';
import { connectedPage, linkPage, troublePage, waitingPage } from './page-views.ts';
import { buttonOf, faultReply, pageReply, type Site, startReply, unknownReply } from './replies.ts';
import { openAttempt, openLink, startAttempt } from './start-attempt.ts';
import { takeRedirect } from './take-redirect.ts';

/** Shows a link's page. An address of a wrong form costs no call. */
export async function showLink(site: Site, context: Context) {
  const token = parseLinkToken(context.req.param('token') ?? '');
  const link = token && (await openLink(site.ports, token));
  if (!link) return unknownReply(site, context);
  const now = site.ports.clock.now();
  const isOver = !['open', 'connected'].includes(linkState(link, now));
  const page = linkPage(site.house, link, now, buttonOf(context));
  return pageReply(context, page, isOver ? 410 : 200);
}

/** Takes a press of a link's button. */
export async function pressButton(site: Site, context: Context) {
  const token = parseLinkToken(context.req.param('token') ?? '');
  if (!token) return unknownReply(site, context);
  const fault = await formFault(context);
  if (fault) return faultReply(site, context, fault);
  const link = await openLink(site.ports, token);
  return startReply(site, context, await startAttempt(site.ports, link));
}

/** Takes the redirect of a platform, and leads to an address that holds nothing of it. */
export async function takeAnswer(site: Site, context: Context) {
  // A program that asks for the headers alone takes no answer away from its client.
  if (context.req.method === 'HEAD') return faultReply(site, context, 'not_so');
  const parameters = new URL(context.req.url).searchParams;
  const state = parseState(parameters.get('state') ?? '');
  const attempt = state && heldAttempt(context, state);
  if (!attempt || !matchesHash(state.random, hashOf(attempt.random))) {
    return faultReply(site, context, 'other_browser');
  }
  const provider = context.req.param('provider') ?? '';
  const outcome = await takeRedirect(site.ports, { provider, parameters, attempt });
  if (outcome.kind === 'foreign') return faultReply(site, context, 'other_browser');
  if (outcome.kind === 'closed') return closedReply(site, context, outcome.link);
  return context.redirect(`/done/${attempt.link}/${attempt.attempt}`, 303);
}

/** A second tab of a link that is connected meanwhile ends well too. */
function closedReply({ house, ports }: Site, context: Context, link: ConnectLink) {
  return linkState(link, ports.clock.now()) === 'connected'
    ? pageReply(context, connectedPage(house, link))
    : pageReply(context, troublePage(house, link, 'not_sent', null), 410);
}

/** Shows what has come of an attempt, to its own browser alone. */
export async function showResult(site: Site, context: Context) {
  const attempt = namedAttempt(context);
  const result = attempt && (await attemptResult(site.ports, attempt));
  if (!result || result.kind === 'foreign') return faultReply(site, context, 'other_browser');
  const { house, ports } = site;
  const { link } = result;
  if (result.kind === 'connected') return pageReply(context, connectedPage(house, link));
  if (result.kind === 'waiting') return pageReply(context, waitingPage(house, link));
  const isOpen = linkState(link, ports.clock.now()) === 'open';
  const button = isOpen ? buttonOf(context) : null;
  const page = troublePage(house, link, result.trouble, button);
  return pageReply(context, page);
}

/** Takes a press of "Try again". An earlier attempt of this browser opens the link too. */
export async function pressAgain(site: Site, context: Context) {
  const attempt = namedAttempt(context);
  if (!attempt) return faultReply(site, context, 'other_browser');
  const fault = await formFault(context);
  if (fault) return faultReply(site, context, fault);
  const opened = await openAttempt(site.ports, attempt);
  return startReply(site, context, await startAttempt(site.ports, opened?.link ?? null));
}

function namedAttempt(context: Context): Attempt | null {
  const { link = '', attempt = '' } = context.req.param();
  return isLinkId(link) && isAttemptId(attempt) ? heldAttempt(context, { link, attempt }) : null;
}

/** The attempt of that name with the secrets of this browser's cookie, or null. */
function heldAttempt(
  context: Context,
  { link, attempt }: Pick<Attempt, 'link' | 'attempt'>,
): Attempt | null {
  const secrets = parseCookie(getCookie(context, attemptCookie({ link, attempt }), 'host'));
  return secrets && { link, attempt, ...secrets };
}
