import * as z from 'zod/mini';

const claimsSchema = z.lazy(() => z.object({ exp: z.number() }));

/**
 * Returns when a client secret ends that is itself a signed JWT with an `exp` claim (RFC 7519
 * section 4.1.4), such as the one that Apple Ads takes. Null for any other text.
 */
export function jwtEnd(secret: string): string | null {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(secret)?.[1];
  if (payload === undefined) {
    return null;
  }
  const exp = readExp(payload);
  const end = new Date(exp * 1000);
  return Number.isNaN(end.getTime()) ? null : end.toISOString();
}

function readExp(payload: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return claimsSchema.parse(claims).exp;
  } catch {
    return Number.NaN;
  }
}
