import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { isStatic } from '../../lambda/providers/request-fields.ts';
import { wrapText } from '../terminal/wrap-text.ts';
import { questionsFor, type Way, waysOf } from './tenant-questions.ts';

const WIDTH = 80;
const INDENT = '    ';

/** Says for each provider, in lines of help, what a tenant of it needs. */
export function providerNeeds(): string {
  const lines = [...providers.values()].map((definition) =>
    wrapText(`  ${definition.id}: ${needsOf(definition)}`, WIDTH, INDENT),
  );
  return ['', 'Providers, and what a tenant or its app needs:', ...lines].join('\n');
}

function needsOf(definition: ProviderDefinition): string {
  if (isStatic(definition)) {
    return fieldsFor(definition, 'connect').join(', ');
  }
  const ways = waysOf(definition).map(({ value }) => ({
    value,
    needs: fieldsFor(definition, value),
  }));
  const shared = ways.reduce<string[]>(
    (common, { needs }) => common.filter((field) => needs.includes(field)),
    ways[0]?.needs ?? [],
  );
  const own = ways.map(({ value, needs }) => {
    const more = needs.filter((field) => !shared.includes(field));
    return [...nameOf(value, ways.length), ...more].join(' with ');
  });
  const choices = own.filter((text) => text !== '');
  return [...shared, ...(choices.length > 0 ? [choices.join(', or ')] : [])].join(', ');
}

/** Returns the words for a way, where its fields do not tell it. */
function nameOf(way: Way, ways: number): string[] {
  if (way === 'connect') {
    return ['tokens connect'];
  }
  const isTold = ways === 1 || way === 'refresh_token' || way === 'authorization_code';
  return isTold ? [] : [`grant ${way}`];
}

function fieldsFor(definition: ProviderDefinition, way: Way): string[] {
  return questionsFor(definition, way, new Set())
    .filter(({ optional, field }) => !optional || field !== 'client_secret')
    .map(({ field, choices }) => (choices ? `${field} (${choices.join(' | ')})` : field));
}
