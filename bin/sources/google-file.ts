import type { Node } from 'jsonc-parser';
import { isName } from '../../lambda/names.ts';
import { UsageError } from '../errors.ts';
import { type Reading, readEntry } from './json-entry.ts';
import { propertiesOf, textOf } from './json-text.ts';
import { type Entry, NOTHING, type SourceHints, type TenantSource } from './tenant-source.ts';

type Properties = ReadonlyMap<string, Node>;

/** Returns true for the `client_secret_….json` of a Google Cloud console. */
export function isGoogleClient(properties: Properties): boolean {
  return ['installed', 'web'].some((kind) => propertiesOf(properties.get(kind)).has('client_id'));
}

/** Returns true for a user's credentials as Google's own libraries and gcloud write them. */
export function isGoogleUser(properties: Properties): boolean {
  const isUser = textOf(properties, 'type') === 'authorized_user';
  const fields = ['client_id', 'client_secret', 'refresh_token'];
  const isOfLibrary = properties.has('token_uri') && properties.has('refresh_token');
  return fields.every((field) => properties.has(field)) && (isUser || isOfLibrary);
}

/** Reads a Google client as an app, for tenants that are added to it later. */
export function readGoogleClient(
  reading: Reading,
  properties: Properties,
  hints: SourceHints,
): TenantSource {
  const node = properties.get('web') ?? properties.get('installed');
  const client = propertiesOf(node);
  const project = textOf(client, 'project_id');
  const name = hints.app ?? (project !== undefined && isName(project) ? project : undefined);
  if (name === undefined) {
    throw new UsageError('The file holds a Google client. Say how its app is called: --app NAME');
  }
  const redirect = client.get('redirect_uris')?.children?.[0]?.value;
  const { client_id, client_secret } = node ? readEntry(reading, node) : {};
  // The client of an installed program is redirected to this machine, at any port.
  const isWeb = properties.has('web') && typeof redirect === 'string';
  const app = {
    provider: hints.provider ?? GOOGLE_ADS,
    ...(client_id !== undefined && { client_id }),
    ...(client_secret !== undefined && { client_secret }),
    ...(isWeb && { redirect_uri: redirect }),
  };
  return { ...NOTHING, apps: new Map([[name, app]]) };
}

const GOOGLE_ADS = 'google-ads';
const ADWORDS = 'https://www.googleapis.com/auth/adwords';

/** Reads a Google user's credentials as the entry of one tenant. */
export function readGoogleUser(reading: Reading, root: Node): Entry {
  const { client_id, client_secret, refresh_token, scopes } = readEntry(reading, root);
  const isAds = Array.isArray(scopes) && scopes.includes(ADWORDS);
  return {
    ...(isAds && { provider: GOOGLE_ADS }),
    client_id,
    client_secret,
    refresh_token,
  };
}
