import { amazonAds } from './amazon-ads.ts';
import { criteo } from './criteo.ts';
import { googleAds } from './google-ads.ts';
import { instacartAds } from './instacart-ads.ts';
import { instacartConnect } from './instacart-connect.ts';
import { microsoftAds } from './microsoft-ads.ts';
import { oauth2 } from './oauth2.ts';
import { pinterest } from './pinterest.ts';
import type { ProviderDefinition } from './provider.ts';

const definitions = [
  amazonAds,
  instacartAds,
  instacartConnect,
  oauth2,
  googleAds,
  microsoftAds,
  criteo,
  pinterest,
];

/** Every provider that an entry may name, by its id. */
export const providers: ReadonlyMap<string, ProviderDefinition> = new Map(
  definitions.map((definition) => [definition.id, definition]),
);
