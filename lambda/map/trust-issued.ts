import { isIssued, type Knowledge } from '../history/families.ts';
import type { VaultMap } from './vault-map.ts';

/**
 * Returns the map as one in which the form of a refresh token that a platform issued is not
 * questioned. The rule for credentials is for what people put in.
 */
export function trustIssued(map: VaultMap, knowledge: Knowledge): VaultMap {
  return map.isIssued ? map : { ...map, isIssued: (print) => isIssued(knowledge, print) };
}
