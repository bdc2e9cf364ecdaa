import { DefinitionFault, findProvider, providerIds } from '../../lambda/map/definitions.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { CommandError } from '../errors.ts';
import { unknownProvider } from './unknown-provider.ts';

/** Returns the providers that a tenant of this map may have, for a person to choose from. */
export function providerChoices(map: VaultMap): { value: string; label: string }[] {
  const isRight = (id: string) => !map.definitions.has(id) || isReadable(map, id);
  return providerIds(map)
    .filter(isRight)
    .map((id) => ({ value: id, label: findProvider(map, id)?.title ?? id }));
}

function isReadable(map: VaultMap, id: string): boolean {
  try {
    return findProvider(map, id) !== undefined;
  } catch (error) {
    if (error instanceof DefinitionFault) {
      return false;
    }
    throw error;
  }
}

/** Returns the definition of a provider. Throws CommandError where this map may not name it. */
export function definitionOf(map: VaultMap, id: string): ProviderDefinition {
  const definition = isReadable(map, id) ? findProvider(map, id) : undefined;
  if (definition) {
    return definition;
  }
  const known = providerIds(map);
  if (known.includes(id)) {
    throw new CommandError(`The definition of provider ${id} is wrong.`, {
      nextStep: `See: tokens provider check ${id}`,
    });
  }
  throw unknownProvider(id, known);
}
