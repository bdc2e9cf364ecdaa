import { hash } from 'node:crypto';

/**
 * Names a token without being one, by the first 16 hex digits of its SHA-256 (design section 2).
 */
export function fingerprint(secret: string): string {
  return hash('sha256', secret).slice(0, 16);
}
