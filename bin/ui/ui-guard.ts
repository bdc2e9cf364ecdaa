import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { randomText } from '../../lambda/connect/attempt.ts';

/** Names who may use the pages: the browser that opened the one-time address. */
export interface UiGuard {
  origin: string;
  /** Sent back with each form. */
  formToken: string;
  /** Makes the one-time address. The one before no longer works. */
  newAddress(): string;
  /** Takes the one-time address's key, once, and lets this browser in. */
  letIn(context: Context, key: string): boolean;
  /** Refuses a request of another host or site, or of a browser that was not let in. */
  check: MiddlewareHandler;
  /** Refuses a request of another host: a name that was made to mean this machine. */
  checkHost: MiddlewareHandler;
}

/** Guards the pages at a port of this machine. */
export function createUiGuard(port: number): UiGuard {
  const origin = `http://127.0.0.1:${port}`;
  // Cookies know no ports: two servers of one machine must not take each other's.
  const cookie = `tokens-ui-${port}`;
  const session = randomText();
  const formToken = randomText();
  let key: string | null = null;

  const isOurs = async (context: Context) => {
    if (!isSame(getCookie(context, cookie) ?? '', session)) {
      return false;
    }
    if (['GET', 'HEAD'].includes(context.req.method)) {
      return true;
    }
    const site = context.req.header('sec-fetch-site');
    const isFromUs =
      context.req.header('origin') === origin && (site ?? 'same-origin') === 'same-origin';
    const { form_token: sent } = await context.req.parseBody();
    return isFromUs && typeof sent === 'string' && isSame(sent, formToken);
  };
  return {
    origin,
    formToken,
    newAddress() {
      key = randomText();
      return `${origin}/in/${key}`;
    },
    letIn(context, given) {
      if (key === null || !isSame(given, key)) {
        return false;
      }
      key = null;
      setCookie(context, cookie, session, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
      });
      return true;
    },
    check: async (context, next) => {
      if (await isOurs(context)) {
        return next();
      }
      return context.text(NOT_LET_IN, 403);
    },
    checkHost: async (context, next) => {
      if (context.req.header('host') === `127.0.0.1:${port}`) {
        return next();
      }
      return context.text('This address is not served here.', 421);
    },
  };
}

const NOT_LET_IN =
  'Open the address that the terminal shows. It works once; press Enter there for a new one.';

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
