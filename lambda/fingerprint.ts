import { hash } from 'node:crypto';

/**
 * Names a token by the first 16 hex digits of its SHA-256. People and logs may see a fingerprint,
 * since the token cannot be had from it.
 */
export function fingerprint(secret: string): string {
  return hash('sha256', secret).slice(0, 16);
}
