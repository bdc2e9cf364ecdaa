import type { Node } from 'jsonc-parser';
import { textAt } from '../../lambda/exchange/reply-fields.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { isName } from '../../lambda/names.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { CommandError } from '../errors.ts';
import { cleanField } from './clean-field.ts';
import { propertiesOf, textOf, toValue } from './json-text.ts';

/** The one refresh token of a file. Holds a secret. */
export interface TokenFile {
  /** Null: the file does not say whose it is. */
  tenant: string | null;
  provider: string | null;
  refreshToken: string;
}

/** Returns true for an object that `tokens export` wrote. */
function isExport(properties: ReadonlyMap<string, Node>): boolean {
  return ['tenant', 'refresh_token', 'fingerprint', 'exported_at'].every((key) =>
    properties.has(key),
  );
}

/**
 * Reads the refresh token of an export of this product, or of a provider's whole reply: where the
 * definition says that it is, or at `refresh_token`. Returns null for an object that is neither.
 * Throws CommandError where the object tells that it holds none, or a damaged one.
 */
export function readTokenFile(root: Node, definition?: ProviderDefinition): TokenFile | null {
  const properties = propertiesOf(root);
  if (isExport(properties)) {
    return readExport(properties);
  }
  const reply = toValue(root);
  const found =
    textAt(reply, definition?.response.refresh_token ?? null) ?? textAt(reply, 'refresh_token');
  if (found !== undefined) {
    return {
      tenant: null,
      provider: null,
      refreshToken: cleanToken(found),
    };
  }
  if (properties.has('error')) {
    throw new CommandError(
      "The file holds a platform's refusal, and no token. Connect the tenant: tokens connect NAME",
    );
  }
  if (properties.has('access_token')) {
    throw new CommandError(
      'The file holds an access token and no refresh token, so nothing in it can be rotated.',
    );
  }
  return null;
}

/**
 * Reads a text that is a refresh token alone, as the `.txt` beside an export is. Returns null for
 * any other text, and where the file's name does not say that it holds one. Throws CommandError for
 * a damaged one.
 */
export function readTokenText(text: string, fileName: string | null): TokenFile | null {
  const tenant = clientOfFileName(fileName);
  if (tenant === null || !/^\s*[^\s{[]\S*\s*$/.test(text)) {
    return null;
  }
  return {
    tenant: null,
    provider: null,
    refreshToken: cleanToken(text),
  };
}

function readExport(properties: ReadonlyMap<string, Node>): TokenFile {
  const refreshToken = cleanToken(textOf(properties, 'refresh_token') ?? '');
  if (fingerprint(refreshToken) !== textOf(properties, 'fingerprint')) {
    throw new CommandError(
      'The export was changed since it was written: its fingerprint is not that of its token.',
    );
  }
  return {
    tenant: textOf(properties, 'tenant') ?? null,
    provider: textOf(properties, 'provider') ?? null,
    refreshToken,
  };
}

function cleanToken(text: string): string {
  const cleaned = cleanField('refresh_token', text);
  if ('fault' in cleaned) {
    throw new CommandError(`The refresh token of the file ${cleaned.fault}.`);
  }
  if (cleaned.value === '') {
    throw new CommandError('The refresh token of the file is empty.');
  }
  return cleaned.value;
}

/** Returns the client in `{client}_refresh_token_{time}.json`, as the older script names files. */
export function clientOfFileName(fileName: string | null): string | null {
  const client = fileName?.match(
    /^(.+)_refresh_token_(?:\d[\dT_:.-]*Z?|latest)\.(?:json|txt)$/,
  )?.[1];
  return client !== undefined && isName(client) ? client : null;
}
