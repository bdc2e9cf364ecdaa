import { findProvider } from '../../lambda/map/definitions.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { CommandError, UsageError } from '../errors.ts';
import { parseJsonText } from '../sources/json-text.ts';
import { readTokenFile } from '../sources/token-file.ts';
import { readGiven, type SecretOptions, takeSecret, toSecret } from '../terminal/secret-source.ts';
import type { Terminal } from '../terminal/terminal.ts';

const LABEL = 'Refresh token';
const WANTED = { field: 'refresh_token', label: LABEL };

/**
 * Returns the refresh token that a person gives for a tenant. A file, and stdin, may hold an export
 * of the tenant, or a whole reply of its provider. Throws UsageError and CommandError.
 */
export async function takeRefreshToken(
  terminal: Terminal,
  options: SecretOptions,
  { tenant, map }: { tenant: string; map: VaultMap },
): Promise<string> {
  const given = await readGiven(terminal, options);
  if (given === null) {
    return takeSecret(terminal, {}, WANTED);
  }
  if (!/^\s*\{/.test(given)) {
    return toSecret(given, WANTED);
  }
  const root = parseJsonText({
    text: given,
    from: 0,
    to: given.length,
  });
  const read = readTokenFile(root, definitionOf(tenant, map));
  if (!read) {
    throw new UsageError(`${LABEL}: the JSON is no export and no reply with a refresh token.`);
  }
  if (read.tenant !== null && read.tenant !== tenant) {
    throw new CommandError(
      `The export is of another tenant, and not of ${tenant}. Nothing was changed.`,
    );
  }
  return read.refreshToken;
}

function definitionOf(tenant: string, map: VaultMap): ProviderDefinition | undefined {
  const { provider } = resolveTenant(tenant, map);
  return typeof provider === 'string' ? findProvider(map, provider) : (provider ?? undefined);
}
