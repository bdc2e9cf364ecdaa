import { describe, expect, it } from 'vitest';
import { revokeTenant } from '../../../bin/corrections/revoke-tenant.ts';
import { createScene, mapOfApp } from '../../fakes/scene.ts';

const revocable = { revocation_url: 'https://shared.example/revoke' };

describe(revokeTenant.name, () => {
  it.each(['before it', 'in another shard'])(
    'ends no consent by which another tenant lives that holds an older token of it, %s',
    async (where) => {
      const scene = createScene({ shards: ['default', 'eu'] });
      scene.save('default', mapOfApp(scene, ['acme', 'brandx'], revocable));
      scene.save('eu', mapOfApp(scene, ['euro'], revocable));
      await scene.run();
      const old = { ...scene.map().tenants.acme };
      await scene.run();
      const shard = where === 'before it' ? 'default' : 'eu';
      scene.edit(({ tenants }) => Object.assign(tenants, { twin: old }), shard);
      scene.http.sent.length = 0;
      const revoked = revokeTenant(scene.openPorts(), 'acme');
      await expect(revoked).rejects.toThrow('twin lives by the same consent as acme');
      expect(scene.http.sent).toEqual([]);
    },
  );
});
