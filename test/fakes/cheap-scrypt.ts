import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, beforeAll } from 'vitest';

type Scrypt = typeof crypto.scrypt;

/**
 * Lets the tests of a file derive keys from passphrases at a small cost. open-folder-home.test.ts
 * pays the whole one.
 */
export function deriveKeysCheaply(): void {
  const { scrypt } = crypto;
  const cheap = ((...[passphrase, salt, bytes, options, done]: Required<Parameters<Scrypt>>) =>
    scrypt(passphrase, salt, bytes, { ...options, N: 2 }, done)) as Scrypt;
  beforeAll(() => replace(cheap));
  afterAll(() => replace(scrypt));
}

function replace(scrypt: Scrypt): void {
  Object.assign(crypto, { scrypt });
  syncBuiltinESMExports();
}
