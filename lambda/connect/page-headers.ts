import type { MiddlewareHandler } from 'hono';

const CSP = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sets what every answer carries. A route that leads away sets its own `referrer-policy` first. */
export const pageHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  headers.set('content-security-policy', CSP);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  headers.set('strict-transport-security', 'max-age=63072000; includeSubDomains');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('x-robots-tag', 'noindex, nofollow');
  if (!headers.has('cache-control')) {
    headers.set('cache-control', 'no-store');
  }
  if (!headers.has('referrer-policy')) {
    headers.set('referrer-policy', 'same-origin');
  }
};
