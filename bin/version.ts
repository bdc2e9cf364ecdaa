import manifest from '../package.json' with { type: 'json' };

/** The version of this program, such as `0.2.0`. */
export const version: string = manifest.version;
