import manifest from '../package.json' with { type: 'json' };

/** The version of this program, such as `0.2.0`. */
export const version: string = manifest.version;

/** Stands at the end of a stack's description, so that it is known what was deployed. */
export const versionMark = `(token-rotator ${version})`;

/** Returns the version in a stack's description, or null where it tells none. */
export function versionIn(description = ''): string | null {
  return /\(token-rotator (\S+)\)$/.exec(description)?.[1] ?? null;
}
