import { isObject } from '../../lambda/is-object.ts';
import { emptyMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import { listOf } from '../../lambda/providers/fields.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { ownGrants } from '../../lambda/providers/request-fields.ts';
import type { Fleet } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from '../map/closest.ts';
import { cleanField } from '../sources/clean-field.ts';
import { askMissing, type Question } from '../terminal/ask-missing.ts';
import { askOneOf } from '../terminal/prompts.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { definitionOf, providerChoices } from './provider-choices.ts';
import { chosenWay, questionsFor, type Way, waysOf } from './tenant-questions.ts';

/** All that the command line says of a new tenant. */
export interface Given {
  tenant: string | undefined;
  provider: string | undefined;
  app: string | undefined;
  shard: string;
  fields: ReadonlyMap<string, string>;
  /** How it is to get its first token, where that is said. */
  way?: Way | undefined;
}

/** A tenant as it will be in the map. */
export interface Completed {
  name: string;
  entry: Record<string, string>;
}

/**
 * Asks for what a new tenant of its provider still needs. Off a terminal all that is missing is
 * named at once. Throws UsageError, and CommandError when the person leaves.
 */
export async function completeEntry(
  terminal: Terminal,
  given: Given,
  fleet: Fleet,
): Promise<Completed> {
  const lent = appFields(fleet, given);
  const known = new Map([...(given.tenant === undefined ? [] : [[NAME, given.tenant] as const])]);
  const byName = nameQuestion(fleet);
  const id = given.provider ?? lent.get('provider');
  if (id === undefined && !terminal.interactive) {
    await askMissing(terminal, known, [byName, PROVIDER_QUESTION]);
  }
  const named = terminal.interactive ? await askMissing(terminal, known, [byName]) : known;
  const map = fleet.maps.get(given.shard) ?? emptyMap();
  const definition = await chooseProvider(terminal, map, id);
  const held = new Map([...lent, ...given.fields]);
  const way = given.way ?? (await chooseWay(terminal, definition, held));
  const answers = await askMissing(terminal, new Map([...named, ...given.fields]), [
    byName,
    ...questionsFor(definition, way, new Set(lent.keys())),
  ]);
  const { [NAME]: name = '', ...fields } = Object.fromEntries(answers);
  const from = given.app === undefined ? { provider: definition.id } : { app: given.app };
  return {
    name,
    entry: {
      ...from,
      ...grantField(definition, way),
      ...cleaned(fields),
    },
  };
}

/** A grant that spends nothing is named in the entry, unless the definition takes it unasked. */
function grantField(definition: ProviderDefinition, way: Way): { grant?: string } {
  const isOwn = ownGrants(definition).some((grant) => grant === way);
  const isUnasked = listOf(definition.default_grant).some((grant) => grant === way);
  return isOwn && !isUnasked ? { grant: way } : {};
}

/** A key among the answers that no field of an entry has. */
const NAME = 'tenant';

const PROVIDER_QUESTION: Question = {
  field: 'provider',
  label: 'Provider',
  secret: false,
  option: '--provider ID',
};

function nameQuestion(fleet: Fleet): Question {
  const check = (name: string) => {
    if (!isName(name)) {
      return 'A name has 1 to 64 letters, digits, dots, dashes and underscores.';
    }
    return [...fleet.maps.values()].some((map) => map?.tenants.has(name))
      ? `There is a tenant ${name} already.`
      : undefined;
  };
  return {
    field: NAME,
    label: 'Name of the tenant',
    secret: false,
    option: '<tenant>',
    check,
  };
}

function appFields(fleet: Fleet, { app, shard }: Given): Map<string, string> {
  if (app === undefined) {
    return new Map();
  }
  const entry = fleet.maps.get(shard)?.apps.get(app);
  if (!isObject(entry)) {
    const known = fleet.maps.get(shard)?.apps.keys() ?? [];
    throw new CommandError(
      `There is no app ${shown(app)} in shard ${shard}.${didYouMean(app, known)}`,
      {
        code: 'unknown_app',
        nextStep: 'All apps: tokens app list',
      },
    );
  }
  const texts = Object.entries(entry).filter((pair): pair is [string, string] => {
    return typeof pair[1] === 'string' && pair[1] !== '';
  });
  return new Map(texts);
}

async function chooseProvider(
  terminal: Terminal,
  map: VaultMap,
  id: string | undefined,
): Promise<ProviderDefinition> {
  const chosen = id ?? (await askOneOf(terminal, 'Provider', providerChoices(map)));
  return definitionOf(map, chosen);
}

async function chooseWay(
  terminal: Terminal,
  definition: ProviderDefinition,
  known: ReadonlyMap<string, string>,
): Promise<Way> {
  const chosen = chosenWay(definition, known);
  if (chosen) {
    return chosen;
  }
  const consents = known.has('authorize_url') || known.has('redirect_uri');
  if (!terminal.interactive) {
    return ownGrants(definition).includes('client_credentials') && !consents
      ? 'client_credentials'
      : 'connect';
  }
  const question = 'How does it get its first token?';
  return (await askOneOf(terminal, question, waysOf(definition))) as Way;
}

/** The questions have let no other value through. */
function cleaned(fields: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(fields).map(([field, text]): [string, string] => {
    const read = cleanField(field, text);
    return [field, 'value' in read ? read.value : text];
  });
  return Object.fromEntries(pairs);
}
