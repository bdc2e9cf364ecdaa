import { isObject } from '../../lambda/is-object.ts';
import { findProvider } from '../../lambda/map/definitions.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { clientSecretField } from '../../lambda/providers/request-fields.ts';

const USUAL = 'client_secret';

/** Returns the field that holds the secret of a provider's clients, or null where they have none. */
export function secretFieldOf(provider: unknown, map: VaultMap): string | null {
  const definition = typeof provider === 'string' ? findProvider(map, provider) : undefined;
  return definition ? clientSecretField(definition) : USUAL;
}

/** Returns the field that holds the secret of an app. */
export function secretFieldOfApp(app: string, map: VaultMap): string {
  const entry = map.apps.get(app);
  return (isObject(entry) ? secretFieldOf(entry.provider, map) : null) ?? USUAL;
}
