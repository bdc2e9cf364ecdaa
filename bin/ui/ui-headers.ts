import type { MiddlewareHandler } from 'hono';

const CSP = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sets what every answer of `tokens ui` carries. */
export const uiHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  headers.set('content-security-policy', CSP);
  headers.set('cache-control', 'no-store');
  // Under `no-referrer` a browser sends forms with the origin `null`, which the guard refuses.
  if (!headers.has('referrer-policy')) {
    headers.set('referrer-policy', 'same-origin');
  }
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-resource-policy', 'same-origin');
};
