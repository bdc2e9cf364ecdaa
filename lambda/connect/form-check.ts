import { timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { isRandomText, randomText } from './attempt.ts';
import type { RequestFault } from './page-views.ts';

const COOKIE = 'connect-form';
const FORM_SECONDS = 24 * 60 * 60;

/**
 * Returns the token for a form of this page, and sets the cookie that must come back with it. Tabs
 * of one browser share it.
 */
export function formToken(context: Context): string {
  const held = getCookie(context, COOKIE, 'host');
  const token = held !== undefined && isRandomText(held) ? held : randomText();
  setCookie(context, COOKIE, token, {
    prefix: 'host',
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    maxAge: FORM_SECONDS,
  });
  return token;
}

/**
 * Checks that a form was sent by a page of ours in this browser. Its token is the cookie's, and the
 * browser, where it says so, names no other site. Returns the fault, or null.
 */
export async function formFault(context: Context): Promise<RequestFault | null> {
  const site = context.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') {
    return 'foreign_form';
  }
  const held = getCookie(context, COOKIE, 'host') ?? '';
  const sent = await sentToken(context);
  const isSame = typeof sent === 'string' && isRandomText(held) && isEqual(sent, held);
  return isSame ? null : 'stale_form';
}

/** A body that is no form has no token. */
async function sentToken(context: Context): Promise<unknown> {
  try {
    return (await context.req.parseBody()).form_token;
  } catch {
    return undefined;
  }
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
