import { randomBytes, scrypt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StoreError } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { fileErrorCode, toStoreError } from './file-error.ts';
import {
  formatHomeFile,
  type HomeFile,
  homePath,
  type KeyOrigin,
  keyPath,
  type PassphraseOrigin,
  readHomeFile,
  SCRYPT_MAX_MEMORY,
} from './home-file.ts';
import { createSealer, isKey, newKey, type Sealer } from './seal.ts';
import { readTextIfThere } from './stored-json.ts';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/**
 * 128 MiB and about half a second for each guess (OWASP Password Storage Cheat Sheet: N=2^17, r=8,
 * p=1).
 */
const SCRYPT = {
  n: 2 ** 17,
  r: 8,
  p: 1,
};
/** Sealed into home.json, so that a wrong key is found out before anything is read or written. */
const CHECK_TEXT = 'token-rotator home';
const WRAPPED_PLACE = ['home', 'key'];

/**
 * Returns where the key of a home comes from, or null where there is no home yet. Throws
 * StoreError.
 */
export async function readKeySource(home: string): Promise<'passphrase' | 'file' | null> {
  return (await readHomeFile(home))?.key.source ?? null;
}

/**
 * Returns the sealer of a home. Makes a new home where there is none, under the passphrase if one
 * is given, else under a generated key file. A home that exists is not changed. Throws StoreError
 * for a wrong, missing or needless passphrase, a missing key file, or a damaged home.json.
 */
export async function unlockHome(
  files: DurableFiles,
  home: string,
  passphrase: string | undefined,
): Promise<Sealer> {
  const file = await readHomeFile(home);
  const key =
    file === null
      ? await createHome(files, home, passphrase)
      : await readCheckedKey(home, file, passphrase);
  return createSealer(key);
}

/**
 * Seals the key of a home under another passphrase, or puts it into a key file (null). The key
 * itself stays, so that nothing is sealed again. Each file is replaced whole, and a process that
 * dies in between leaves a home that opens. Throws StoreError as unlockHome does.
 */
export async function changeHomeKey(
  files: DurableFiles,
  home: string,
  { current, next }: { current: string | undefined; next: string | null },
): Promise<void> {
  const file = await readHomeFile(home);
  if (file === null) {
    throw new StoreError('not_found', `there is no home in ${home}`);
  }
  const key = await readCheckedKey(home, file, current);
  const origin = next === null ? ({ source: 'file' } as const) : await wrapKey(home, key, next);
  if (origin.source === 'file') {
    await files.replace(keyPath(home), keyFileText(key));
  }
  await files.replace(homePath(home), formatHomeFile(origin, checkOf(key, origin)));
  if (origin.source === 'passphrase') {
    await files.remove(keyPath(home));
  }
}

async function wrapKey(home: string, key: Buffer, passphrase: string): Promise<PassphraseOrigin> {
  const origin = newPassphraseOrigin();
  const outer = createSealer(await deriveHomeKey(home, origin, passphrase));
  return { ...origin, wrapped: outer.seal(WRAPPED_PLACE, key.toString('base64url')) };
}

async function readCheckedKey(
  home: string,
  file: HomeFile,
  passphrase: string | undefined,
): Promise<Buffer> {
  const key = await readKey(home, file.key, passphrase);
  if (createSealer(key).unseal(checkPlace(file.key), file.check) !== CHECK_TEXT) {
    throw new StoreError('denied', wrongKeyMessage(home, file.key));
  }
  return key;
}

/**
 * Makes a home and returns its key. Several processes may do this at once. The first home.json
 * counts, and all read it back.
 */
async function createHome(
  files: DurableFiles,
  home: string,
  passphrase: string | undefined,
): Promise<Buffer> {
  if (await holdsVault(home)) {
    const made = await readHomeFile(home);
    if (made) {
      return readCheckedKey(home, made, passphrase);
    }
    throw new StoreError(
      'invalid',
      `${homePath(home)} is missing, though there is a vault; put it back, or name another folder`,
    );
  }
  const origin: KeyOrigin = passphrase === undefined ? { source: 'file' } : newPassphraseOrigin();
  if (origin.source === 'file') {
    await files.create(keyPath(home), keyFileText(newKey()));
  }
  const key = await readKey(home, origin, passphrase);
  const check = checkOf(key, origin);
  await files.create(homePath(home), formatHomeFile(origin, check));
  const first = await readHomeFile(home);
  return first === null || first.check === check ? key : readCheckedKey(home, first, passphrase);
}

function newPassphraseOrigin(): PassphraseOrigin {
  return {
    source: 'passphrase',
    salt: randomBytes(SALT_BYTES).toString('base64url'),
    ...SCRYPT,
  };
}

function keyFileText(key: Buffer): string {
  return `${key.toString('base64url')}\n`;
}

function checkOf(key: Buffer, origin: KeyOrigin): string {
  return createSealer(key).seal(checkPlace(origin), CHECK_TEXT);
}

/** A new home.json beside sealed files would make a home that cannot read them. */
async function holdsVault(home: string): Promise<boolean> {
  try {
    const names = await readdir(home);
    return names.includes('tenants');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') {
      return false;
    }
    throw toStoreError(error, home);
  }
}

function readKey(home: string, origin: KeyOrigin, passphrase: string | undefined): Promise<Buffer> {
  return origin.source === 'file'
    ? readKeyFile(home, passphrase)
    : unwrapKey(home, origin, passphrase);
}

/** A home that never changed its passphrase takes its key from that. */
async function unwrapKey(
  home: string,
  origin: PassphraseOrigin,
  passphrase: string | undefined,
): Promise<Buffer> {
  const derived = await deriveHomeKey(home, origin, passphrase);
  if (origin.wrapped === undefined) {
    return derived;
  }
  const key = createSealer(derived).unseal(WRAPPED_PLACE, origin.wrapped);
  if (key === null) {
    throw new StoreError('denied', wrongKeyMessage(home, origin));
  }
  return Buffer.from(key, 'base64url');
}

async function readKeyFile(home: string, passphrase: string | undefined): Promise<Buffer> {
  const path = keyPath(home);
  if (passphrase !== undefined) {
    throw new StoreError(
      'invalid',
      `${home} is sealed with its key file, not with a passphrase; run without one`,
    );
  }
  const text = await readTextIfThere(path);
  if (text === null) {
    throw new StoreError(
      'not_found',
      `${path} is missing; put it back from a backup: nothing in ${home} opens without it`,
    );
  }
  const key = Buffer.from(text.trim(), 'base64url');
  if (!isKey(key)) {
    throw new StoreError(
      'invalid',
      `${path} is damaged; put it back from a backup: nothing in ${home} opens without it`,
    );
  }
  return key;
}

async function deriveHomeKey(
  home: string,
  origin: PassphraseOrigin,
  passphrase: string | undefined,
): Promise<Buffer> {
  if (passphrase === undefined) {
    throw new StoreError(
      'denied',
      `${home} is sealed with a passphrase; name a file that holds it in TOKENS_PASSPHRASE_FILE`,
    );
  }
  if (passphrase === '') {
    throw new StoreError(
      'invalid',
      `the passphrase for ${home} is empty; choose one that cannot be guessed`,
    );
  }
  const { n, r, p } = origin;
  const derive = promisify<
    string,
    Buffer,
    number,
    { N: number; r: number; p: number; maxmem: number },
    Buffer
  >(scrypt);
  // Terminals differ in how they send accented letters.
  return derive(passphrase.normalize('NFC'), Buffer.from(origin.salt, 'base64url'), KEY_BYTES, {
    N: n,
    r,
    p,
    maxmem: SCRYPT_MAX_MEMORY,
  });
}

function wrongKeyMessage(home: string, origin: KeyOrigin): string {
  return origin.source === 'file'
    ? `${keyPath(home)} is not the key of this home; put the right one back. Nothing was written`
    : `the passphrase is not the one of ${home}. Nothing was written`;
}

function checkPlace(origin: KeyOrigin): string[] {
  return ['home', JSON.stringify(origin)];
}
