import { providers } from '../providers/registry.ts';
import { secretFields } from '../providers/request-fields.ts';

let names: ReadonlySet<string> | undefined;

/**
 * Returns true for a field that is a secret at some shipped provider. Only hidden prompts, stdin and
 * files may bring it.
 */
export function isSecretField(field: string): boolean {
  // Made at its first use. Runs without a wrong entry never need it.
  names ??= new Set([...providers.values()].flatMap((one) => [...secretFields(one)]));
  return names.has(field);
}
