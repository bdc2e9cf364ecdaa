import { expect, it } from 'vitest';
import { providersPage } from '../../../bin/platforms/providers-page.ts';

it('shows every shipped provider as its definition says', async () => {
  await expect(providersPage()).toMatchFileSnapshot('../../../lambda/providers/PROVIDERS.md');
});
