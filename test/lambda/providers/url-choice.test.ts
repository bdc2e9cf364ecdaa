import { describe, expect, it } from 'vitest';
import type { ProviderDefinition } from '../../../lambda/providers/provider.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { chooseUrl } from '../../../lambda/providers/url-choice.ts';

const amazon = providers.get('amazon-ads') as ProviderDefinition;
const microsoft = providers.get('microsoft-ads') as ProviderDefinition;

describe(chooseUrl.name, () => {
  it.each([
    [{}, 'https://www.amazon.com/ap/oa'],
    [{ region: 'eu' }, 'https://eu.account.amazon.com/ap/oa'],
    [{ region: 'fe' }, 'https://apac.account.amazon.com/ap/oa'],
  ])('chooses by the fields %j', (fields, url) => {
    expect(chooseUrl(amazon.authorize?.url ?? '', amazon, new Map(Object.entries(fields)))).toEqual(
      { url },
    );
  });

  it.each(['mars', 'EU', '__proto__', 'constructor', ''])(
    'tells what there is beside the region %j',
    (region) => {
      expect(chooseUrl(amazon.token_url ?? '', amazon, new Map([['region', region]]))).toEqual({
        field: 'region',
        problem: 'it must be one of na, eu, fe',
      });
    },
  );

  it('fills a placeholder only with what matches its pattern', () => {
    const choose = (fields: [string, string][]) =>
      chooseUrl(microsoft.token_url ?? '', microsoft, new Map(fields));
    expect(choose([['directory', 'contoso.example']])).toEqual({
      url: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
    });
    expect(choose([['directory', 'x/../../evil']])).toMatchObject({ field: 'directory' });
    expect(choose([])).toEqual({ field: 'directory', problem: 'it is missing' });
  });

  it('takes the port of https for none, and another one as it is', () => {
    const choose = (url: string) => chooseUrl(url, { variables: {} }, new Map());
    expect(choose('https://as.example:443/t')).toEqual({ url: 'https://as.example:443/t' });
    expect(choose('https://as.example:8443/t')).toEqual({ url: 'https://as.example:8443/t' });
  });

  it('holds no long text against a pattern', () => {
    const variables = { host: '[a-z]*[a-z]*' };
    const fields = new Map([['host', 'a'.repeat(100_000)]]);
    expect(chooseUrl('https://{host}.dsp.example/t', { variables }, fields)).toEqual({
      field: 'host',
      problem: 'it is longer than 256 characters',
    });
  });
});
