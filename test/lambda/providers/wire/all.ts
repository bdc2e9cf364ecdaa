import { businessWire } from './business.ts';
import { dspWire } from './dsp.ts';
import type { WireFixture } from './fixture.ts';
import { googleMicrosoftWire } from './google-microsoft.ts';
import { marketplacesWire } from './marketplaces.ts';
import { retailMediaWire } from './retail-media.ts';
import { socialWire } from './social.ts';

/** The fixture of each shipped provider that is asked. */
export const fixtures: Readonly<Record<string, WireFixture>> = {
  ...retailMediaWire,
  ...marketplacesWire,
  ...googleMicrosoftWire,
  ...socialWire,
  ...dspWire,
  ...businessWire,
};
