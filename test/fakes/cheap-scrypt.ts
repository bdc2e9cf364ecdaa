import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, beforeAll } from 'vitest';

type Scrypt = typeof crypto.scrypt;

/**
 * Lets the tests of a file or a describe derive keys from passphrases at a small cost.
 * open-folder-home.test.ts also pays the whole one. `derived` counts the keys so far.
 */
export function deriveKeysCheaply(): { derived: () => number } {
  const { scrypt } = crypto;
  let count = 0;
  const cheap = ((...[passphrase, salt, bytes, options, done]: Required<Parameters<Scrypt>>) => {
    count += 1;
    return scrypt(passphrase, salt, bytes, { ...options, N: 2 }, done);
  }) as Scrypt;
  beforeAll(() => replace(cheap));
  afterAll(() => replace(scrypt));
  return { derived: () => count };
}

function replace(scrypt: Scrypt): void {
  Object.assign(crypto, { scrypt });
  syncBuiltinESMExports();
}
