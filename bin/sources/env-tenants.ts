import { isName } from '../../lambda/names.ts';
import { CommandError } from '../errors.ts';
import { knownFields } from '../map/entry-fields.ts';
import { cleanField, typedValue } from './clean-field.ts';
import { type Binding, readEnvFile } from './env-file.ts';
import { faultsError, placeAt, type SourceFault } from './source-fault.ts';
import { NOTHING, type TenantSource } from './tenant-source.ts';

/** The provider of the script whose files have this form. */
export const USUAL_PROVIDER = 'instacart-ads';

/** The env form's own name of a field. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([['auth_code', 'authorization_code']]);

/**
 * Reads the env form: `CLIENTS=A,B`, and for each client `A_CLIENT_ID`, `A_CLIENT_SECRET`,
 * `A_REDIRECT_URI`, `A_AUTH_CODE`, or any other field of an entry in capitals, such as
 * `A_REFRESH_TOKEN` and `A_PROVIDER`. A client `my-brand` may write its keys `MY_BRAND_…`. Throws
 * one CommandError that names every line that is wrong, and no value.
 */
export function readEnvTenants(text: string): TenantSource {
  const { bindings, faults } = readEnvFile(text);
  const list = bindings.find(({ key }) => key === 'CLIENTS');
  const clients = list ? readClients(text, list, faults) : [];
  if (clients.length === 0 && faults.length > 0) {
    throw faultsError(faults);
  }
  if (!list) {
    throw new CommandError(NO_CLIENTS);
  }
  const others = bindings.filter((binding) => binding.key !== 'CLIENTS');
  for (const { key, value, line } of bindings) {
    if (key === 'CLIENTS' && value !== list.value) {
      faults.push({ place: { line }, message: `line ${list.line} gives another CLIENTS` });
    }
  }
  const { fields, ignored } = sortByClient(others, clients, faults);
  const tenants = new Map(
    [...fields].map(([client, own]) => [client, toEntry(client, own, faults)]),
  );
  const place = { line: list.line };
  for (const [client, entry] of tenants) {
    if (Object.keys(entry).length === 0) {
      faults.push({ place, message: `client ${client} has no ${envName(client)}_CLIENT_ID` });
    }
  }
  if (faults.length > 0) {
    throw faultsError(faults);
  }
  return {
    ...NOTHING,
    tenants,
    ignored,
    usualProvider: USUAL_PROVIDER,
  };
}

const NO_CLIENTS =
  'The file names no clients. An env file needs a line such as CLIENTS=ACME,BRANDX. ' +
  'Other files: tokens import --help';

/**
 * Returns the names of the list. A text that is no name may be a secret, so only its place is
 * named.
 */
function readClients(text: string, list: Binding, faults: SourceFault[]): string[] {
  const { value, line, offset, isQuoted } = list;
  const hasCommas = value.includes(',');
  const parts = [...value.matchAll(hasCommas ? /[^,]+/g : /[^\s,]+/g)]
    .map((match) => ({ name: match[0].trim(), at: match.index + match[0].search(/\S|$/) }))
    .filter(({ name }) => name !== '');
  const wrong = parts.find(({ name }) => !isName(name));
  const isBroken = !hasCommas && /[\r\n\u0085\u2028\u2029]/.test(value);
  if (wrong || isBroken) {
    const { column } = placeAt(text, offset + (wrong?.at ?? 0));
    // Escapes move the columns of a quoted list.
    const place = isQuoted ? { line } : { line, column };
    faults.push({ place, message: 'CLIENTS holds something here that is not a name' });
    return [];
  }
  const names = parts.map(({ name }) => name);
  if (names.length === 0) {
    faults.push({ place: { line }, message: 'CLIENTS names nobody' });
  }
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    faults.push({ place: { line }, message: `CLIENTS names ${name} twice` });
  }
  return names;
}

type Fields = ReadonlyMap<string, Binding>;

/**
 * Returns the bindings of each client by field, and the names of those that belong to no client.
 */
function sortByClient(
  bindings: readonly Binding[],
  clients: readonly string[],
  faults: SourceFault[],
): { fields: ReadonlyMap<string, Fields>; ignored: string[] } {
  const fields = new Map(clients.map((name) => [name, new Map<string, Binding>()]));
  const ignored: string[] = [];
  let lastLine = 0;
  for (const binding of bindings) {
    const { key, line } = binding;
    const owner = ownerOf(key, clients);
    if (owner) {
      takeField(binding, owner.field, fields.get(owner.client), faults);
      lastLine = line;
    } else if (isRestOfValue(binding, line === lastLine + 1)) {
      faults.push({ place: { line }, message: REST });
    } else {
      ignored.push(nameOrLine(binding));
    }
  }
  return { fields, ignored };
}

/**
 * Returns the client whose prefix a key has. The longest prefix wins, so A_B_CLIENT_ID belongs to
 * A_B rather than to A.
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
  if (!owner) {
    return undefined;
  }
  const field = key.slice(owner.prefix.length + 1).toLowerCase();
  return { client: owner.client, field: OTHER_NAMES.get(field) ?? field };
}

function envName(client: string): string {
  return client.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

function takeField(
  binding: Binding,
  field: string,
  fields: Map<string, Binding> | undefined,
  faults: SourceFault[],
): void {
  const { line } = binding;
  const before = fields?.get(field);
  if (!knownFields.has(field)) {
    faults.push({ place: { line }, message: `${showable(binding.key)} is no field of a tenant` });
  } else if (before && before.value !== binding.value) {
    faults.push({ place: { line }, message: `line ${before.line} gives another ${field}` });
  } else {
    fields?.set(field, binding);
  }
}

function toEntry(client: string, fields: Fields, faults: SourceFault[]): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const [field, binding] of fields) {
    const cleaned = isTemplate(binding) ? { fault: IS_TEMPLATE } : cleanField(field, binding.value);
    if ('fault' in cleaned) {
      faults.push({
        place: { line: binding.line },
        message: `${field} of client ${client} ${cleaned.fault}`,
      });
    } else if (cleaned.value !== '') {
      entry[field] = typedValue(field, cleaned.value);
    }
  }
  return entry;
}

/**
 * The script that this form comes from fills in templates. A shell fills in variables and commands.
 * A secret that holds such signs is put in quotes.
 */
function isTemplate({ value, isQuoted }: Binding): boolean {
  return !isQuoted && TEMPLATE.test(value);
}

const TEMPLATE = /\$\{|^\$[A-Za-z_]\w*$|^\$\(.*\)$|^`.*`$/;

const IS_TEMPLATE =
  'holds signs of a variable or a command, which are not filled in: ' +
  'write the value itself, in quotes';

const REST = 'this may be the rest of a value that was broken over two lines';

/**
 * The last line of base64 looks like a name and an equals sign. Right behind a field of a client,
 * so may any line whose name nobody gives a variable.
 */
function isRestOfValue({ key, value }: Binding, isBehindField: boolean): boolean {
  const isWord = /^(?:[A-Z_]+|[a-z_]+)$/.test(key) || VARIABLE.test(key);
  return !isWord && (isBehindField || /^=*$/.test(value));
}

/** A name of several words in capitals; anything else might be a piece of a secret. */
const VARIABLE = /^(?=.{1,64}$)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

function showable(key: string): string {
  return VARIABLE.test(key) ? key : 'this name';
}

function nameOrLine({ key, line }: Binding): string {
  return VARIABLE.test(key) ? key : `line ${line}`;
}
