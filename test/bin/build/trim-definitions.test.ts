import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { buildLambda } from '../../../bin/build.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

it('keeps of each shipped definition all that is not for people alone', async () => {
  const folder = temporaryFolder();
  const source = join(import.meta.dirname, '..', '..', '..', 'lambda', 'providers', 'registry.ts');
  await buildLambda(folder, source);
  const built = (await import(pathToFileURL(join(folder, 'index.mjs')).href)) as {
    providers: typeof providers;
  };
  const withoutTexts = [...providers.values()].map((definition) => {
    const { register_url: _, unconfirmed: __, ...rest } = definition;
    return rest;
  });
  expect([...built.providers.values()]).toEqual(withoutTexts);
});
