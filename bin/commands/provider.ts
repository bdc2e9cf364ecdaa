import { existsSync } from 'node:fs';
import { DefinitionFault, findProvider } from '../../lambda/map/definitions.ts';
import { isName } from '../../lambda/names.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { openIfThere } from '../homes/open-if-there.ts';
import { unknownProvider } from '../newcomers/unknown-provider.ts';
import { addDefinitions, type DefinitionChange } from '../platforms/add-definitions.ts';
import { faultText, parseDefinitionFile, readWritten } from '../platforms/definition-file.ts';
import { type JudgedSample, judgeSample } from '../platforms/judge-sample.ts';
import { listProviders, type ProviderLine } from '../platforms/list-providers.ts';
import { type MaskedRequest, maskedRequests } from '../platforms/masked-requests.ts';
import { describeProvider } from '../terminal/describe-provider.ts';
import { readInput } from '../terminal/read-input.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineGroup, defineVerb } from '../verb.ts';
import { define as observed } from './provider-observed.ts';

const EXAMPLES = `
Examples:
  tokens provider list
  tokens provider show shopify
  tokens provider check dsp.json --reply reply.json
  tokens provider add dsp.json
  tokens provider observed pinterest`;

const add = defineVerb<[string], { ids: string[]; shards: DefinitionChange[] }>({
  usage: (command) =>
    command
      .argument(
        '<file>',
        'JSON: one definition with its id, or several under their ids; - is stdin',
      )
      .addHelpText('after', '\nExample:\n  tokens provider add dsp.json'),
  async run({ terminal, openHome }, file) {
    const written = parseDefinitionFile(await readInput(terminal, file));
    const { ports } = await openHome({ create: true });
    return { ids: [...written.keys()], shards: await addDefinitions(ports, written) };
  },
  print(terminal, { ids, shards }) {
    for (const { shard, result } of shards) {
      terminal.print(`${shard}: ${result}`);
    }
    const next = `tokens add TENANT --provider ${ids[0]}`;
    terminal.print(`Next: ${terminal.colors.cyan(next)}`);
  },
});

interface CheckOptions {
  reply?: string;
  status: string;
  grant?: string;
}

interface Checked {
  id: string;
  title: string;
  requests: MaskedRequest[];
  reply: JudgedSample | null;
}

const check = defineVerb<[string, CheckOptions], Checked>({
  usage: (command) =>
    command
      .argument('<file-or-id>', 'a JSON file with one definition, or the id of a provider')
      .option('--reply <file>', 'a reply of the platform, to see how it is read; - is stdin')
      .option('--status <number>', 'the HTTP status of that reply', '200')
      .option('--grant <name>', 'the grant that it answers')
      .addHelpText('after', '\nExample:\n  tokens provider check dsp.json --reply reply.json'),
  async run(context, name, { reply, status, grant }) {
    const definition = await definitionFor(context, name);
    const { id, title, grants } = definition;
    const answered = grant ?? (grants.refresh_token ? 'refresh_token' : Object.keys(grants)[0]);
    const isAsked = grant !== undefined || reply !== undefined;
    if (isAsked && (answered === undefined || !Object.hasOwn(grants, answered))) {
      throw new UsageError(
        `Provider ${id} has no grant ${shown(answered ?? '')}. ` +
          `It has ${Object.keys(grants).join(', ')}.`,
      );
    }
    if (!/^[1-5]\d\d$/.test(status)) {
      throw new UsageError('--status takes an HTTP status.');
    }
    const body = reply === undefined ? null : await readInput(context.terminal, reply);
    return {
      id,
      title,
      requests: maskedRequests(definition),
      reply:
        body === null || answered === undefined
          ? null
          : judgeSample(definition, answered, { status: Number(status), body }),
    };
  },
  print(terminal, checked) {
    terminal.print(`${checked.title} (${checked.id}) is right.`);
    for (const request of checked.requests) {
      printRequest(terminal, request);
    }
    if (checked.reply) {
      printSample(terminal, checked.reply);
    }
  },
  exitCode: ({ reply }) => (reply?.kind === 'failed' ? 1 : 0),
});

const list = defineVerb<[object], { providers: ProviderLine[] }>({
  usage: (command) => command.addHelpText('after', '\nExample:\n  tokens provider list'),
  run: async (context) => ({ providers: listProviders(await mapsOf(context)) }),
  print(terminal, { providers: lines }) {
    const rows = lines.map(({ id, title, source, ways, problem, warning }) => [
      id,
      title,
      source,
      problem ?? warning ?? ways.join(', '),
    ]);
    const heads = [
      { title: 'PROVIDER', whole: true },
      { title: 'PLATFORM', wholeWords: true, lostFirst: 2 },
      { title: 'FROM', whole: true, lostFirst: 1 },
      { title: 'FIRST TOKEN BY', wholeWords: true },
    ];
    terminal.print(formatTable(heads, rows, terminal));
  },
});

const show = defineVerb<[string], { provider: ProviderDefinition }>({
  usage: (command) =>
    command
      .argument('<id>', 'the id of a provider')
      .addHelpText('after', '\nExample:\n  tokens provider show shopify'),
  run: async (context, id) => ({ provider: await definitionOfId(context, id) }),
  print: (terminal, { provider }) => terminal.print(describeProvider(provider, terminal.width)),
});

export const define = defineGroup(EXAMPLES, [
  { name: 'list', summary: 'List the shipped providers and your own', define: list },
  {
    name: 'show',
    summary: 'Show what a provider needs, and how long its tokens live',
    define: show,
  },
  {
    name: 'check',
    summary: 'Show the requests of a definition, masked, and how it reads a reply',
    define: check,
  },
  { name: 'add', summary: 'Put definitions of your own into the map of every shard', define: add },
  {
    name: 'observed',
    summary: 'Show what runs saw of a provider: lives, changes, fields, answers',
    define: observed,
  },
]);

async function mapsOf(context: Context) {
  const home = await openIfThere(context);
  return home ? (await readFleet(home.ports, null)).maps : new Map();
}

async function definitionFor(context: Context, name: string): Promise<ProviderDefinition> {
  const isFile = !isName(name) || name.endsWith('.json') || existsSync(name);
  if (!isFile) {
    return definitionOfId(context, name);
  }
  const [first, ...others] = parseDefinitionFile(await readInput(context.terminal, name));
  if (!first || others.length > 0) {
    throw new UsageError('The file holds several definitions: check them one by one.');
  }
  const [id, written] = first;
  const read = readWritten(id, written);
  if ('problem' in read) {
    throw new CommandError(faultText(id, read));
  }
  return read.definition;
}

async function definitionOfId(context: Context, id: string): Promise<ProviderDefinition> {
  const known = new Set(providers.keys());
  for (const map of (await mapsOf(context)).values()) {
    if (!map) {
      continue;
    }
    for (const own of map.definitions.keys()) {
      known.add(own);
    }
    if (map.definitions.has(id)) {
      return readable(() => findProvider(map, id), id);
    }
  }
  const shipped = providers.get(id);
  if (shipped) {
    return shipped;
  }
  throw unknownProvider(id, known);
}

function readable(find: () => ProviderDefinition | undefined, id: string): ProviderDefinition {
  try {
    const found = find();
    if (found) {
      return found;
    }
  } catch (error) {
    if (!(error instanceof DefinitionFault)) {
      throw error;
    }
    throw new CommandError(`Definition ${id} is wrong at ${error.path}: ${error.message}.`);
  }
  throw new CommandError(`There is no provider ${id}.`, { code: 'unknown_provider' });
}

function printRequest({ print, printAsItIs }: Terminal, request: MaskedRequest): void {
  if (request.local) {
    print(`\n${request.grant}: no request. The token is signed here.`);
    return;
  }
  const headers = Object.entries(request.headers).map(([name, value]) => `  ${name}: ${value}`);
  const body = request.body === null ? [] : [`  ${request.body}`];
  const first = `${request.grant}: ${request.method} ${request.url}`;
  printAsItIs(['', first, ...headers, ...body].join('\n'));
}

function printSample({ print }: Terminal, sample: JudgedSample): void {
  print(`\n${sample.kind === 'failed' ? refusedText(sample) : issuedText(sample)}`);
}

function refusedText({
  grant,
  code,
  oauth_error,
  cause,
}: JudgedSample & { kind: 'failed' }): string {
  const why = [oauth_error, cause].filter(Boolean).join(', ');
  return `The reply to ${grant} is ${code}${why === '' ? '' : ` (${why})`}.`;
}

function issuedText(sample: JudgedSample & { kind: 'issued' }): string {
  const { grant, expires_at, refresh_token, values } = sample;
  const refresh = refresh_token === 'found' ? 'a refresh token' : 'no refresh token';
  const facts = values.length === 0 ? '' : ` Values: ${values.join(', ')}.`;
  const end = expires_at === null ? 'without an end' : `until ${expires_at}`;
  return `The reply to ${grant} brings an access token ${end}, and ${refresh}.${facts}`;
}
