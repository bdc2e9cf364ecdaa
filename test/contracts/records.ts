import { beforeEach, describe, expect, it } from 'vitest';
import type { Records } from '../../lambda/ports.ts';

export interface RecordsPorts {
  /** Over an empty store. */
  records: Records;
  /** The same store, as another process sees it. */
  other: Records;
}

const KEY = 'known/0123456789abcdef.json';

/** What every store of records must do (lambda/ports.ts). */
export function describeRecordsContract(
  name: string,
  makePorts: () => RecordsPorts | Promise<RecordsPorts>,
): void {
  describe(`${name} as Records`, () => {
    let records: Records;
    let other: Records;

    beforeEach(async () => {
      ({ records, other } = await makePorts());
    });

    it('reads null where nothing is stored', async () => {
      expect(await records.read(KEY)).toBeNull();
      expect(await records.list('known/')).toEqual([]);
    });

    it('creates once, and writes on the etag that is current', async () => {
      const first = await records.write(KEY, '{"n":1}', null);
      if (first === 'refused') {
        throw new Error('the first write was refused');
      }
      expect(await other.read(KEY)).toEqual({ text: '{"n":1}', etag: first.etag });
      expect(await other.write(KEY, '{"n":2}', null)).toBe('refused');
      const second = await other.write(KEY, '{"n":3}', first.etag);
      if (second === 'refused') {
        throw new Error('the second write was refused');
      }
      expect(await records.write(KEY, '{"n":4}', first.etag)).toBe('refused');
      expect(await records.read(KEY)).toEqual({ text: '{"n":3}', etag: second.etag });
    });

    it('lets one of many writers win', async () => {
      const results = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((n) => (n % 2 ? records : other).write(KEY, `{"n":${n}}`, null)),
      );
      expect(results.filter((result) => result !== 'refused')).toHaveLength(1);
      const winner = results.findIndex((result) => result !== 'refused') + 1;
      expect((await records.read(KEY))?.text).toBe(`{"n":${winner}}`);
    });

    it('lists the keys of a prefix, sorted', async () => {
      const keys = ['links/b.json', 'known/b.json', 'known/a1.json', 'known/a.json'];
      for (const key of keys) {
        await records.write(key, '{}', null);
      }
      expect(await other.list('known/')).toEqual(['known/a.json', 'known/a1.json', 'known/b.json']);
      expect(await other.list('known/a')).toEqual(['known/a.json', 'known/a1.json']);
      expect(await other.list('links/')).toEqual(['links/b.json']);
      expect(await other.listFew('known/a')).toEqual(['known/a.json', 'known/a1.json']);
      expect(await other.listFew('visits/')).toEqual([]);
    });
  });
}
