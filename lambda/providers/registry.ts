import { business } from './business.ts';
import { dsp } from './dsp.ts';
import { googleFamily } from './google.ts';
import { marketplaces } from './marketplaces.ts';
import { microsoftFamily } from './microsoft.ts';
import { oauth2 } from './oauth2.ts';
import type { ProviderDefinition } from './provider.ts';
import { retailMedia } from './retail-media.ts';
import { social } from './social.ts';
import { tiktokFamily } from './tiktok.ts';

const definitions = [
  ...retailMedia,
  ...marketplaces,
  oauth2,
  ...googleFamily,
  ...microsoftFamily,
  ...social,
  ...tiktokFamily,
  ...dsp,
  ...business,
];

/** Every shipped provider by its id. */
export const providers: ReadonlyMap<string, ProviderDefinition> = new Map(
  definitions.map((definition) => [definition.id, definition]),
);
