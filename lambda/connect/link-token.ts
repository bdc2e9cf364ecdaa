import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Base32 in small letters (RFC 4648 section 6). It survives a phone call. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const ATTEMPT_BYTES = 10;

/**
 * Describes what a link's address carries behind `/c/`. The secret opens the link. Never store or
 * log it.
 */
export interface LinkToken {
  id: string;
  secret: string;
}

/** Makes the address part of a new link from 48 random bytes. */
export function newLinkToken(): LinkToken {
  return { id: newText(ID_BYTES), secret: newText(SECRET_BYTES) };
}

/** Makes the name of one attempt. It tells attempts apart and opens nothing. */
export function newAttemptId(): string {
  return newText(ATTEMPT_BYTES);
}

/** Returns the id and the secret of an address part, or null where its form is wrong. */
export function parseLinkToken(text: string): LinkToken | null {
  const id = text.slice(0, textLength(ID_BYTES));
  const secret = text.slice(id.length);
  return isLinkId(id) && isBase32(secret, SECRET_BYTES) ? { id, secret } : null;
}

/** Tells if a text has the form of a link's id, so that a wrong one costs no call. */
export function isLinkId(text: string): boolean {
  return isBase32(text, ID_BYTES);
}

/** Tells if a text has the form of an attempt's name. */
export function isAttemptId(text: string): boolean {
  return isBase32(text, ATTEMPT_BYTES);
}

/** Returns the SHA-256 of a secret in hex. Nothing else of it may be stored. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Compares a secret with a stored hash in a time that does not tell where they differ. */
export function matchesHash(secret: string, hash: string): boolean {
  const found = Buffer.from(hashOf(secret));
  const stored = Buffer.from(hash);
  return found.length === stored.length && timingSafeEqual(found, stored);
}

function newText(bytes: number): string {
  const octets = [...randomBytes(bytes)].map((byte) => byte.toString(2).padStart(8, '0'));
  const groups = octets.join('').match(/.{1,5}/g) ?? [];
  const letters = groups.map((group) => {
    const index = Number.parseInt(group.padEnd(5, '0'), 2);
    return ALPHABET[index];
  });
  return letters.join('');
}

function textLength(bytes: number): number {
  return Math.ceil((bytes * 8) / 5);
}

function isBase32(text: string, bytes: number): boolean {
  return text.length === textLength(bytes) && /^[a-z2-7]+$/.test(text);
}
