import { copyFileSync, cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'connect');
/** A logo is a part of every page, so it has to be small. */
const MAX_LOGO_BYTES = 32 * 1024;
const PNG_START = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Returns the bundle of the connect page, with the operator's logo beside it if there is one. */
export function connectCode(logo: string | undefined, bundle: string = BUNDLE): Code {
  if (logo === undefined) {
    return Code.fromAsset(bundle);
  }
  const folder = mkdtempSync(join(tmpdir(), 'token-rotator-connect-'));
  cpSync(bundle, folder, { recursive: true });
  copyFileSync(logo, join(folder, `logo.${logoKind(readFileSync(logo))}`));
  return Code.fromAsset(folder);
}

/** Returns true for a PNG or SVG file that is small enough. */
export function isLogo(path: string): boolean {
  try {
    const content = readFileSync(path);
    return content.length <= MAX_LOGO_BYTES && logoKind(content) !== null;
  } catch {
    return false;
  }
}

function logoKind(content: Buffer): 'png' | 'svg' | null {
  if (content.subarray(0, PNG_START.length).equals(PNG_START)) {
    return 'png';
  }
  return /^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/s.test(
    content.toString('utf8').replace(/^\uFEFF/, ''),
  )
    ? 'svg'
    : null;
}
