import { parseEnv } from 'node:util';
import { CommandError } from '../errors.ts';
import { knownFields } from './entry-fields.ts';
import type { Entry, Newcomers } from './tenant-source.ts';

const DEFAULT_PROVIDER = 'instacart-ads';

/** What the env form calls a field, where that is not the field's own name. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([['auth_code', 'authorization_code']]);

/**
 * Reads the env form: `CLIENTS=A,B`, and for each client `A_CLIENT_ID`, `A_CLIENT_SECRET`,
 * `A_REDIRECT_URI`, `A_AUTH_CODE`, or any other field of an entry in capitals, such as
 * `A_REFRESH_TOKEN`, `A_PROVIDER` (default instacart-ads). A client `my-brand` may write its keys
 * `MY_BRAND_…`. Throws one CommandError that names everything that is wrong, and no value.
 */
export function parseEnvTenants(text: string): Newcomers {
  const variables = Object.entries(parseEnv(text));
  const clients = (variables.find(([key]) => key === 'CLIENTS')?.[1] ?? '')
    .split(/[\s,]+/)
    .filter((name) => name !== '');
  if (clients.length === 0)
    throw new CommandError(
      'The file names no clients: it needs a line such as CLIENTS=ACME,BRANDX.',
    );
  const faults = twice(clients).map((name) => `CLIENTS names ${name} twice`);
  const fields = knownFields();
  const entries = new Map<string, Record<string, string>>(clients.map((name) => [name, {}]));
  const ignored: string[] = [];
  for (const [key, value] of variables) {
    if (key === 'CLIENTS') continue;
    const owner = ownerOf(key, clients);
    if (!owner) ignored.push(key);
    else if (!fields.has(owner.field)) faults.push(`${key} is no field of a tenant`);
    else if (value !== '') Object.assign(entries.get(owner.client) ?? {}, { [owner.field]: value });
  }
  for (const [client, entry] of entries)
    if (Object.keys(entry).length === 0)
      faults.push(
        `there is no ${envName(client)}_CLIENT_ID, nor any other key of client ${client}`,
      );
  if (faults.length > 0)
    throw new CommandError(
      `The file cannot be imported, and nothing was:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
  return {
    apps: new Map(),
    tenants: new Map([...entries].map(([name, entry]) => [name, withProvider(entry)])),
    ignored,
  };
}

/**
 * The client whose prefix a key has, the longest winning: A_B_CLIENT_ID belongs to A_B rather than
 * to A.
 */
function ownerOf(
  key: string,
  clients: readonly string[],
): { client: string; field: string } | undefined {
  const owners = clients.flatMap((client) =>
    [client, envName(client)]
      .filter((prefix) => key.startsWith(`${prefix}_`))
      .map((prefix) => ({ client, prefix })),
  );
  const owner = owners.sort((a, b) => b.prefix.length - a.prefix.length)[0];
  if (!owner) return undefined;
  const field = key.slice(owner.prefix.length + 1).toLowerCase();
  return { client: owner.client, field: OTHER_NAMES.get(field) ?? field };
}

function envName(client: string): string {
  return client.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

function withProvider(entry: Readonly<Record<string, string>>): Entry {
  // An app brings the provider of its tenants.
  return entry.provider || entry.app ? entry : { provider: DEFAULT_PROVIDER, ...entry };
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
