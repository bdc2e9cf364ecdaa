import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ENVELOPE = 'v1.';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens and closes texts under one key. `place` is authenticated with the text, so that what was
 * sealed for one place does not open at another.
 */
export interface Sealer {
  seal(place: readonly (string | number)[], text: string): string;
  /**
   * Null for a text that was not sealed under this key for this place, or was altered or cut since.
   */
  unseal(place: readonly (string | number)[], sealed: string): string | null;
}

/** Makes a random key. */
export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** Returns true if `key` has the length of a key. */
export function isKey(key: Buffer): boolean {
  return key.length === KEY_BYTES;
}

/**
 * AES-256-GCM with a random 96-bit nonce per text (NIST SP 800-38D 8.2.2: good for 2^32 texts under
 * one key). The envelope is `v1.` and the base64url of nonce, ciphertext and tag.
 */
export function createSealer(key: Buffer): Sealer {
  return {
    seal(place, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData(place));
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return (
        ENVELOPE + Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url')
      );
    },
    unseal(place, sealed) {
      const bytes = Buffer.from(sealed.slice(ENVELOPE.length), 'base64url');
      if (!sealed.startsWith(ENVELOPE) || bytes.length < NONCE_BYTES + TAG_BYTES) {
        return null;
      }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(additionalData(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return (
          decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') +
          decipher.final('utf8')
        );
      } catch {
        return null;
      }
    },
  };
}

function additionalData(place: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify(place), 'utf8');
}
