import type { Node } from 'jsonc-parser';
import { CommandError } from '../errors.ts';
import { propertiesOf } from './json-text.ts';

/** The way from every other tool. */
const CSV_WAY =
  'Write its tenants as a CSV file with the columns tenant, provider, client_id, client_secret ' +
  'and refresh_token, and import that file.';

type Properties = ReadonlyMap<string, Node>;

/** Files of other tools that hold JSON, and how each is known. */
const JSON_TOOLS: readonly { name: string; is: (properties: Properties) => boolean }[] = [
  {
    name: 'a file of Nango',
    is: (of) => has(of, 'provider_config_key') || (has(of, 'connection_id') && has(of, 'provider')),
  },
  {
    name: 'a list of Nango connections',
    is: (of) => isNango(of.get('connections')),
  },
  {
    name: 'a file of Airbyte',
    is: (of) =>
      ['sourceDefinitionId', 'connectionConfiguration', 'workspaceId', 'sourceId'].some((key) =>
        has(of, key),
      ) || [of, propertiesOf(of.get('credentials'))].some((part) => has(part, 'auth_type')),
  },
  {
    name: 'a configuration, catalog or state of Singer',
    is: (of) =>
      has(of, 'bookmarks') ||
      (has(of, 'start_date') && has(of, 'client_id')) ||
      propertiesOf(of.get('streams')?.children?.[0]).has('tap_stream_id'),
  },
  {
    name: 'a key of a Google service account, which has no refresh token',
    is: (of) => of.get('type')?.value === 'service_account',
  },
  {
    name: 'an answer of "aws secretsmanager get-secret-value": import its SecretString alone',
    is: (of) => has(of, 'SecretString'),
  },
];

/** Throws CommandError for the JSON of a tool that this product does not read. */
export function refuseOtherJson(root: Node): void {
  const first = root.type === 'array' ? root.children?.[0] : root;
  const properties = propertiesOf(first);
  const tool = JSON_TOOLS.find(({ is }) => is(properties));
  if (tool) {
    throw otherTool(tool.name);
  }
}

/** Texts that are neither JSON, CSV nor an env file. */
const OTHER_TEXTS: readonly { name: string; form: RegExp }[] = [
  { name: 'a key or a certificate (PEM)', form: /^-----BEGIN / },
  { name: 'an XML or HTML page', form: /^</ },
  { name: 'a PDF', form: /^%PDF/ },
  { name: 'an INI or TOML file', form: /^\[[\w.:"' -]+\]\s*\n\s*[\w.-]+\s*=/ },
  { name: 'YAML', form: /^(?:%YAML|---\s*\n)/ },
];

const YAML_LINE = /^\s*(?:-\s+)?[\w.-]+\s*:(?:\s|$)/;

/** Throws CommandError for a text that is known to be no env file. */
export function refuseOtherText(text: string): void {
  const start = text.trimStart().replaceAll(/\r\n?/g, '\n');
  const known = OTHER_TEXTS.find(({ form }) => form.test(start));
  if (known) {
    throw otherTool(known.name);
  }
  if (/^\s*[^\s=]+=*\s*$/.test(text)) {
    throw new CommandError('The file holds one word, which may be a refresh token.', {
      nextStep:
        'Give it to its tenant: tokens set-refresh-token NAME --file FILE. ' +
        'A new tenant: tokens add NAME --refresh-token-file FILE',
    });
  }
  const lines = start.split('\n').filter((line) => /^\s*[^\s#]/.test(line));
  const yaml = lines.filter((line) => YAML_LINE.test(line));
  if (yaml.length * 2 > lines.length && !/^\s*CLIENTS\s*=/m.test(start)) {
    throw otherTool('YAML');
  }
}

function otherTool(name: string): CommandError {
  return new CommandError(`The file cannot be imported: it is ${name}. ${CSV_WAY}`);
}

function has(properties: Properties, key: string): boolean {
  return properties.has(key);
}

function isNango(list: Node | undefined): boolean {
  const first = propertiesOf(list?.children?.[0]);
  return first.has('connection_id') || first.has('provider_config_key');
}
