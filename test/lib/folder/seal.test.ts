import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealer, newKey } from '../../../lib/folder/seal.ts';
import { anyText } from '../../fakes/any-text.ts';

describe(createSealer.name, () => {
  it('opens what it sealed, for the same place', () => {
    const sealer = createSealer(newKey());
    fc.assert(
      fc.property(fc.array(fc.string()), anyText(), (place, text) => {
        expect(sealer.unseal(place, sealer.seal(place, text))).toBe(text);
      }),
    );
  });

  it('opens nothing at another place, however the names are cut', () => {
    const sealer = createSealer(newKey());
    const sealed = sealer.seal(['tenants', 'eu', 1], 'text');
    for (const place of [
      ['tenants', 'eu', 2],
      ['tenants', 'eu'],
      ['tenants', 'eu,1'],
      ['tenants,eu', 1],
      ['access-tokens', 'eu', 1],
      [],
    ]) {
      expect(sealer.unseal(place, sealed)).toBeNull();
    }
  });

  it('opens nothing under another key', () => {
    expect(
      createSealer(newKey()).unseal(['a'], createSealer(newKey()).seal(['a'], 'text')),
    ).toBeNull();
  });

  it('opens nothing that was changed or cut anywhere', () => {
    const sealer = createSealer(newKey());
    const sealed = sealer.seal(['a'], 'a secret text');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(sealer.unseal(['a'], `v1.${changed.toString('base64url')}`)).toBeNull();
      expect(
        sealer.unseal(['a'], `v1.${bytes.subarray(0, index).toString('base64url')}`),
      ).toBeNull();
    }
    for (const text of ['', 'v1.', 'v2.', 'a secret text', sealed.replace('v1.', 'v2.')]) {
      expect(sealer.unseal(['a'], text)).toBeNull();
    }
  });

  it('never seals a text twice to the same', () => {
    const sealer = createSealer(newKey());
    const sealed = Array.from({ length: 100 }, () => sealer.seal(['a'], 'text'));
    expect(new Set(sealed.map((text) => text.slice(0, 19))).size).toBe(100);
  });
});
