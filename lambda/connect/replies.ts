import type { Context } from 'hono';
import { setCookie } from 'hono/cookie';
import { type Attempt, attemptCookie, consentUrl, formatCookie } from './attempt.ts';
import type { ConnectPorts } from './connect-ports.ts';
import { formToken } from './form-check.ts';
import type { House, Html } from './page-layout.ts';
import {
  type Button,
  leadOnPage,
  linkPage,
  type RequestFault,
  requestFaultPage,
  unknownLinkPage,
} from './page-views.ts';
import type { StartOutcome } from './start-attempt.ts';
import { ATTEMPT_MS } from './visits.ts';

/** Describes what every route works with. */
export interface Site {
  ports: ConnectPorts;
  house: House;
}

type PageStatus = 200 | 400 | 403 | 404 | 405 | 410 | 429 | 503;

const FAULT_STATUS: Record<RequestFault, PageStatus> = {
  other_browser: 400,
  stale_form: 403,
  foreign_form: 403,
  too_many_starts: 429,
  form_answer: 400,
  not_here: 404,
  not_so: 405,
  out_of_order: 503,
};

/** Answers with a page. */
export function pageReply(context: Context, page: Html, status: PageStatus = 200) {
  return context.html(page, status);
}

/** Answers with what is wrong with the request. */
export function faultReply({ house }: Site, context: Context, fault: RequestFault) {
  return pageReply(context, requestFaultPage(house, fault), FAULT_STATUS[fault]);
}

/** Answers that the address names no link. */
export function unknownReply({ house }: Site, context: Context) {
  return pageReply(context, unknownLinkPage(house), 404);
}

/** Makes the button of the page that is shown. */
export function buttonOf(context: Context): Button {
  return { action: context.req.path, formToken: formToken(context) };
}

/** Answers a press of the button. Leads on to the platform, or says why not. */
export function startReply(site: Site, context: Context, outcome: StartOutcome) {
  const { house, ports } = site;
  switch (outcome.kind) {
    case 'unknown':
      return unknownReply(site, context);
    case 'too_many_starts':
      return faultReply(site, context, 'too_many_starts');
    case 'closed': {
      const page = linkPage(house, outcome.link, ports.clock.now(), buttonOf(context));
      return pageReply(context, page, 410);
    }
    case 'started': {
      const { link, attempt } = outcome;
      keepAttempt(context, attempt);
      // The platform must not learn the link's address.
      context.header('referrer-policy', 'no-referrer');
      const url = consentUrl(link.consent, attempt);
      return pageReply(context, leadOnPage(house, link.shown.platform, url));
    }
  }
}

/** The attempt's secrets live in this cookie alone, for as long as its answer is taken. */
function keepAttempt(context: Context, attempt: Attempt): void {
  setCookie(context, attemptCookie(attempt), formatCookie(attempt), {
    prefix: 'host',
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    maxAge: ATTEMPT_MS / 1000,
  });
}
