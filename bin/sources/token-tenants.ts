import { isName, NAME_RULE } from '../../lambda/names.ts';
import { UsageError } from '../errors.ts';
import { USUAL_PROVIDER } from './env-tenants.ts';
import { type Entry, NOTHING, type SourceHints, type TenantSource } from './tenant-source.ts';
import { clientOfFileName, type TokenFile } from './token-file.ts';

/** Returns the tenant of a file that holds one refresh token. Throws UsageError. */
export function tenantOfToken(read: TokenFile, hints: SourceHints): TenantSource {
  const client = clientOfFileName(hints.fileName);
  const { provider, refreshToken } = read;
  const entry = { ...(provider !== null && { provider }), refresh_token: refreshToken };
  const source = oneTenant(entry, read.tenant ?? client, hints);
  const isOfScript = read.tenant === null && client !== null;
  const usualProvider = isOfScript ? USUAL_PROVIDER : null;
  return { ...source, isTokenAlone: true, usualProvider };
}

/** Gives an entry the name that a person says, or else its own. Throws UsageError. */
export function oneTenant(
  entry: Entry,
  ownName: string | null,
  { tenant }: SourceHints,
): TenantSource {
  const name = tenant ?? ownName;
  if (name === null) {
    throw new UsageError('The file does not say whose token it holds. Say it: --tenant NAME');
  }
  if (!isName(name)) {
    throw new UsageError(`--tenant: ${NAME_RULE}.`);
  }
  return { ...NOTHING, tenants: new Map([[name, entry]]) };
}
