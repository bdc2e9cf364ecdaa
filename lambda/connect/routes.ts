import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { type Attempt, attemptCookie, parseCookie, parseState } from './attempt.ts';
import { attemptResult } from './attempt-result.ts';
import { type ConnectLink, type LinkState, linkState } from './connect-link.ts';
import { formFault } from './form-check.ts';
import {
  hashOf,
  isAttemptId,
  isLinkId,
  type LinkToken,
  matchesHash,
  parseLinkToken,
} from './link-token.ts';
import { connectedPage, linkPage, troublePage, waitingPage } from './page-views.ts';
import { buttonOf, faultReply, pageReply, type Site, startReply, unknownReply } from './replies.ts';
import { openAttempt, openLink, startAttempt } from './start-attempt.ts';
import { takeRedirect } from './take-redirect.ts';

/** Shows a link's page. An address of a wrong form costs no call. */
export async function showLink(site: Site, context: Context) {
  const { house, ports } = site;
  const token = namedToken(context);
  const link = token && (await openLink(ports, token));
  if (!link) {
    return unknownReply(site, context);
  }
  const now = ports.clock.now();
  const page = linkPage(house, link, now, buttonOf(context));
  return pageReply(context, page, PAGE_STATUS[linkState(link, now)]);
}

const PAGE_STATUS: Record<LinkState, 200 | 410> = {
  open: 200,
  connected: 200,
  revoked: 410,
  ended: 410,
  expired: 410,
};

/** Takes a press of a link's button. */
export async function pressButton(site: Site, context: Context) {
  const token = namedToken(context);
  if (!token) {
    return unknownReply(site, context);
  }
  const fault = await formFault(context);
  if (fault) {
    return faultReply(site, context, fault);
  }
  const link = await openLink(site.ports, token);
  const outcome = await startAttempt(site.ports, link);
  return startReply(site, context, outcome);
}

/** Takes the redirect of a platform, and leads to an address that holds nothing of it. */
export async function takeAnswer(site: Site, context: Context) {
  // A program that asks for the headers alone takes no answer away from its client.
  if (context.req.method === 'HEAD') {
    return faultReply(site, context, 'not_so');
  }
  const parameters = new URL(context.req.url).searchParams;
  const attempt = answeredAttempt(context, parameters);
  if (!attempt) {
    return faultReply(site, context, 'other_browser');
  }
  const provider = context.req.param('provider') ?? '';
  const outcome = await takeRedirect(site.ports, {
    provider,
    parameters,
    attempt,
  });
  switch (outcome.kind) {
    case 'foreign':
      return faultReply(site, context, 'other_browser');
    case 'closed':
      return closedReply(site, context, outcome.link);
    case 'taken':
      return context.redirect(`/done/${attempt.link}/${attempt.attempt}`, 303);
  }
}

/** Returns the attempt that a redirect's state names, if this browser began it. */
function answeredAttempt(context: Context, parameters: URLSearchParams): Attempt | null {
  const state = parseState(parameters.get('state') ?? '');
  const attempt = state && heldAttempt(context, state);
  if (!attempt) {
    return null;
  }
  return matchesHash(state.random, hashOf(attempt.random)) ? attempt : null;
}

/** A second tab of a link that is connected meanwhile ends well too. */
function closedReply({ house, ports }: Site, context: Context, link: ConnectLink) {
  const isConnected = linkState(link, ports.clock.now()) === 'connected';
  if (isConnected) {
    return pageReply(context, connectedPage(house, link));
  }
  return pageReply(context, troublePage(house, link, 'not_sent', null), 410);
}

/** Shows what has come of an attempt, to its own browser alone. */
export async function showResult(site: Site, context: Context) {
  const { house, ports } = site;
  const attempt = namedAttempt(context);
  const result = attempt && (await attemptResult(ports, attempt));
  if (!result) {
    return faultReply(site, context, 'other_browser');
  }
  switch (result.kind) {
    case 'foreign':
      return faultReply(site, context, 'other_browser');
    case 'connected':
      return pageReply(context, connectedPage(house, result.link));
    case 'waiting':
      return pageReply(context, waitingPage(house, result.link));
    case 'trouble': {
      const { link, trouble } = result;
      const isOpen = linkState(link, ports.clock.now()) === 'open';
      const button = isOpen ? buttonOf(context) : null;
      return pageReply(context, troublePage(house, link, trouble, button));
    }
  }
}

/** Takes a press of "Try again". An earlier attempt of this browser opens the link too. */
export async function pressAgain(site: Site, context: Context) {
  const attempt = namedAttempt(context);
  if (!attempt) {
    return faultReply(site, context, 'other_browser');
  }
  const fault = await formFault(context);
  if (fault) {
    return faultReply(site, context, fault);
  }
  const opened = await openAttempt(site.ports, attempt);
  const outcome = await startAttempt(site.ports, opened?.link ?? null);
  return startReply(site, context, outcome);
}

function namedToken(context: Context): LinkToken | null {
  return parseLinkToken(context.req.param('token') ?? '');
}

function namedAttempt(context: Context): Attempt | null {
  const { link = '', attempt = '' } = context.req.param();
  const isForm = isLinkId(link) && isAttemptId(attempt);
  return isForm ? heldAttempt(context, { link, attempt }) : null;
}

/** Returns the attempt of that name with the secrets of this browser's cookie, or null. */
function heldAttempt(
  context: Context,
  { link, attempt }: Pick<Attempt, 'link' | 'attempt'>,
): Attempt | null {
  const cookie = getCookie(context, attemptCookie({ link, attempt }), 'host');
  const secrets = parseCookie(cookie);
  return secrets && { link, attempt, ...secrets };
}
