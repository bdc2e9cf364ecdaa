import { describe, expect, it } from 'vitest';
import { providerNeeds } from '../../../bin/newcomers/provider-needs.ts';
import { questionsFor, waysOf } from '../../../bin/newcomers/tenant-questions.ts';
import { describeProvider, needsText } from '../../../bin/terminal/describe-provider.ts';
import { providers } from '../../../lambda/providers/registry.ts';

const all = [...providers.values()];

describe('what tokens add asks for', () => {
  it.each(all.map((one) => [one.id, one] as const))(
    'is all that %s needs, however its first token comes',
    (_, definition) => {
      const ways = waysOf(definition).map(({ value }) => value);
      for (const way of ways.length === 0 ? (['connect'] as const) : ways) {
        const asked = questionsFor(definition, way, new Set()).map(({ field }) => field);
        expect(asked).toEqual(expect.arrayContaining(needsText(definition).split(', ')));
      }
    },
  );

  it('is in its help for every platform, those included whose callers sign', () => {
    const help = providerNeeds();
    for (const { id } of all) {
      expect(help).toMatch(new RegExp(`^ {2}${id}: \\w`, 'm'));
    }
    expect(help).toContain('salesforce-marketing-cloud: client_id, client_secret, subdomain');
    expect(help).toContain('x-ads: client_id, client_secret, oauth_token, oauth_token_secret');
  });
});

describe(describeProvider.name, () => {
  it('begins each fact in its column, also an address that is longer than the line', () => {
    for (const definition of all) {
      const [, , first = '', ...lines] = describeProvider(definition, 80).split('\n');
      const column = /^\S+(?: \S+)* +/.exec(first)?.[0].length ?? 0;
      for (const line of lines) {
        expect(line.slice(column - 1, column + 1)).toMatch(/^ \S$/);
      }
    }
  });
});
