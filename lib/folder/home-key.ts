import { randomBytes, scrypt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { StoreError } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { fileErrorCode, toStoreError } from './file-error.ts';
import { createSealer, isKey, newKey, type Sealer } from './seal.ts';
import { parseJson, readTextIfThere, refuseNewerFormat } from './stored-json.ts';

const FORMAT = 1;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/**
 * 128 MiB and about half a second for each guess (OWASP Password Storage Cheat Sheet: N=2^17, r=8,
 * p=1).
 */
const SCRYPT = { n: 2 ** 17, r: 8, p: 1 };
const SCRYPT_MAX_BYTES = 2 ** 30;
/** Sealed into home.json, so that a wrong key is found out before anything is read or written. */
const CHECK_TEXT = 'token-rotator home';

const homeFile = z.object({
  key: z.discriminatedUnion('source', [
    z.object({
      source: z.literal('passphrase'),
      salt: z.string(),
      n: z.number(),
      r: z.number(),
      p: z.number(),
    }),
    z.object({ source: z.literal('file') }),
  ]),
  check: z.string(),
});

type HomeFile = z.infer<typeof homeFile>;
type KeyOrigin = HomeFile['key'];

/**
 * Returns where the key of a home comes from, or null where there is no home yet. Throws
 * StoreError.
 */
export async function readKeySource(home: string): Promise<'passphrase' | 'file' | null> {
  return (await readHomeFile(home))?.key.source ?? null;
}

/**
 * The sealer of a home. Makes a new home where there is none: under the passphrase if one is given,
 * else under a generated key file. Throws StoreError: a wrong, missing or needless passphrase, a
 * missing key file, a damaged home.json. A home that exists is not changed by it.
 */
export async function unlockHome(
  files: DurableFiles,
  home: string,
  passphrase: string | undefined,
): Promise<Sealer> {
  const file = (await readHomeFile(home)) ?? (await createHome(files, home, passphrase));
  const sealer = createSealer(await readKey(home, file.key, passphrase));
  if (sealer.unseal(checkPlace(file.key), file.check) !== CHECK_TEXT)
    throw new StoreError('denied', wrongKeyMessage(home, file.key));
  return sealer;
}

/** Several processes may do this at once. The first home.json counts, and all read it back. */
async function createHome(
  files: DurableFiles,
  home: string,
  passphrase: string | undefined,
): Promise<HomeFile> {
  if (await holdsVault(home)) {
    const made = await readHomeFile(home);
    if (made) return made;
    throw new StoreError(
      'invalid',
      `${homePath(home)} is missing, though there is a vault; put it back, or name another folder`,
    );
  }
  const origin: KeyOrigin =
    passphrase === undefined
      ? { source: 'file' }
      : { source: 'passphrase', salt: randomBytes(SALT_BYTES).toString('base64url'), ...SCRYPT };
  if (origin.source === 'file')
    await files.create(keyPath(home), `${newKey().toString('base64url')}\n`);
  const key = await readKey(home, origin, passphrase);
  const file = {
    format: FORMAT,
    key: origin,
    check: createSealer(key).seal(checkPlace(origin), CHECK_TEXT),
  };
  await files.create(homePath(home), `${JSON.stringify(file, null, 2)}\n`);
  return (await readHomeFile(home)) ?? file;
}

/** A new home.json beside sealed files would make a home that cannot read them. */
async function holdsVault(home: string): Promise<boolean> {
  try {
    const names = await readdir(home);
    return names.includes('tenants');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return false;
    throw toStoreError(error, home);
  }
}

async function readHomeFile(home: string): Promise<HomeFile | null> {
  const path = homePath(home);
  const text = await readTextIfThere(path);
  if (text === null) return null;
  const content = parseJson(text);
  refuseNewerFormat(content, FORMAT, path);
  const file = homeFile.safeParse(content);
  if (!file.success || !isAffordable(file.data.key)) {
    throw new StoreError(
      'invalid',
      `${path} is damaged; put it back from a backup: without it nothing in ${home} can be opened`,
    );
  }
  return file.data;
}

/** A damaged file must not make us ask for all memory. */
function isAffordable(key: KeyOrigin): boolean {
  return (
    key.source === 'file' ||
    (Math.log2(key.n) % 1 === 0 &&
      128 * key.n * key.r <= SCRYPT_MAX_BYTES &&
      key.p >= 1 &&
      key.p <= 16)
  );
}

function readKey(home: string, origin: KeyOrigin, passphrase: string | undefined): Promise<Buffer> {
  return origin.source === 'file'
    ? readKeyFile(home, passphrase)
    : deriveHomeKey(home, origin, passphrase);
}

async function readKeyFile(home: string, passphrase: string | undefined): Promise<Buffer> {
  const path = keyPath(home);
  if (passphrase !== undefined)
    throw new StoreError(
      'invalid',
      `${home} is sealed with its key file, not with a passphrase; run without one`,
    );
  const text = await readTextIfThere(path);
  if (text === null)
    throw new StoreError(
      'not_found',
      `${path} is missing; put it back from a backup: nothing in ${home} opens without it`,
    );
  const key = Buffer.from(text.trim(), 'base64url');
  if (!isKey(key))
    throw new StoreError(
      'invalid',
      `${path} is damaged; put it back from a backup: nothing in ${home} opens without it`,
    );
  return key;
}

async function deriveHomeKey(
  home: string,
  origin: KeyOrigin & { source: 'passphrase' },
  passphrase: string | undefined,
): Promise<Buffer> {
  if (passphrase === undefined)
    throw new StoreError(
      'denied',
      `${home} is sealed with a passphrase; name a file that holds it in TOKENS_PASSPHRASE_FILE`,
    );
  if (passphrase === '')
    throw new StoreError(
      'invalid',
      `the passphrase for ${home} is empty; choose one that cannot be guessed`,
    );
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
    maxmem: 2 * SCRYPT_MAX_BYTES,
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

function homePath(home: string): string {
  return join(home, 'home.json');
}

function keyPath(home: string): string {
  return join(home, 'key');
}
