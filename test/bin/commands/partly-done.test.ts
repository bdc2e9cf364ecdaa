import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeTenant } from '../../../bin/corrections/remove-tenant.ts';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { restoreTenant } from '../../../bin/corrections/restore-tenant.ts';
import { type RunPorts, StoreError } from '../../../lambda/ports.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();

/** A home whose connect links cannot be read. `mend` puts that right. */
async function homeWithBadLinks() {
  const home = join(temporaryFolder(), 'home');
  const input =
    'tenant,provider,client_id,client_secret,refresh_token\na,amazon-ads,c,CANARY,CANARY\n';
  await cli.run(['import', '-'], { home, input });
  const link = join(home, 'records', 'links', 'a'.repeat(26));
  mkdirSync(join(link, '00000001.json'), { recursive: true });
  return { home, mend: () => rmSync(link, { recursive: true }) };
}

async function sceneOf(tenant: string): Promise<Scene> {
  const scene = createScene();
  scene.save('default', { tenants: { [tenant]: scene.tenant(tenant) } });
  await scene.run();
  return scene;
}

const refuse = async (): Promise<never> => {
  throw new StoreError('denied', 'permission s3:ListBucket is missing: grant it');
};

describe('a command that fails behind its edit', () => {
  it.each([
    ['clear a --yes', 'Tenant a holds no credential any more.', 'tokens invite revoke a'],
    ['remove a --yes', 'Tenant a was removed from shard default.', 'tokens invite revoke a'],
    [
      'remove a --purge --yes',
      'Tenant a was removed from shard default.',
      'tokens remove a --purge',
    ],
  ])('says what was done, and what to do then: tokens %s', async (line, done, next) => {
    const { home, mend } = await homeWithBadLinks();
    const { code, stdout, stderr } = await cli.run(line.split(' '), { home });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`Error: ${done} What was to follow failed: `);
    expect(stderr).toContain(`Remove the cause. Then: ${next} --home ${home}`);
    mend();
    const again = await cli.run(next.split(' ').slice(1), { home });
    expect(again.stderr).not.toContain('What was to follow');
  });

  it('says so of a removed tenant whose entry is back without its token', async () => {
    const scene = await sceneOf('acme');
    await removeTenant(scene.openPorts(), 'acme');
    const ports = scene.openPorts();
    const noList: RunPorts = { ...ports, archive: { ...ports.archive, list: refuse } };
    const restored = restoreTenant(noList, 'acme', null, async () => true);
    await expect(restored).rejects.toThrow(
      'The entry of tenant acme is back, as it was when it was removed. What was to follow failed: ' +
        'permission s3:ListBucket is missing: grant it.',
    );
    await expect(restored).rejects.toMatchObject({
      nextStep: 'Remove the cause. Then: tokens restore acme',
    });
  });

  it('says so of a tenant whose links did not come along with its new name', async () => {
    const scene = await sceneOf('acme');
    const ports = scene.openPorts();
    const noLinks: RunPorts = {
      ...ports,
      records: {
        ...ports.records,
        list: (prefix) => (prefix.startsWith('links/') ? refuse() : ports.records.list(prefix)),
      },
    };
    await expect(renameTenant(noLinks, 'acme', 'beta')).rejects.toMatchObject({
      message: expect.stringContaining('Tenant acme is called beta now. What was to follow failed'),
      nextStep: expect.stringContaining('tokens rotate beta'),
    });
  });
});
