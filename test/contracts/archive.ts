import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ArchivedExchange,
  exchangeKey,
  shardPrefix,
  turnFolder,
} from '../../lambda/history/archived-exchange.ts';
import type { Archive } from '../../lambda/ports.ts';
import { archivedExchange } from '../fakes/archived-exchange.ts';

export interface ArchivePorts {
  /** Over an empty store. */
  archive: Archive;
  /** The same store, as another process sees it. */
  other: Archive;
}

const STARTED_AT = Date.parse('2026-11-22T02:17:03.120Z');

function keyOf(turn: number, tenant: string, shard = 'default'): string {
  return exchangeKey(shard, turnFolder(turn, STARTED_AT), tenant, 1);
}

function exchange(changes: Partial<ArchivedExchange> = {}): ArchivedExchange {
  const body = '{"access_token":"at","refresh_token":"rt \\u0000 \u{1F511}"}\r\n';
  const headers = { 'content-type': 'application/json', 'x-ü': '1' };
  return archivedExchange(body, { headers, ...changes });
}

/** What every archive must do (lambda/ports.ts). `makePorts` gives fresh ones for each test. */
export function describeArchiveContract(
  name: string,
  makePorts: () => ArchivePorts | Promise<ArchivePorts>,
): void {
  describe(`${name} as Archive`, () => {
    let archive: Archive;
    let other: Archive;

    beforeEach(async () => {
      ({ archive, other } = await makePorts());
    });

    it('reads null where there is nothing', async () => {
      expect(await archive.get(keyOf(1, 'acme'))).toBeNull();
      expect(await archive.list('')).toEqual([]);
      expect(await archive.list('responses/')).toEqual([]);
    });

    it('gives back what was put, whole, to every process', async () => {
      await archive.put(keyOf(1, 'acme'), exchange());
      expect(await archive.get(keyOf(1, 'acme'))).toEqual(exchange());
      expect(await other.get(keyOf(1, 'acme'))).toEqual(exchange());
    });

    it('keeps an empty body, no answer, a megabyte, and what is not proper HTTP', async () => {
      const values = [
        exchange({ body: '' }),
        exchange({ body: '', status: null, failure: { kind: 'no_answer', code: 'ECONNRESET' } }),
        exchange({ body: 'x'.repeat(1_048_576) }),
        exchange({
          wire: 'SFRUUC8x',
          failure: { kind: 'refused', code: 'HPE_INVALID_CHUNK_SIZE' },
        }),
      ];
      for (const [turn, value] of values.entries()) {
        await archive.put(keyOf(turn, 'acme'), value);
        expect(await other.get(keyOf(turn, 'acme'))).toEqual(value);
      }
    });

    it('keeps reports, which have no body', async () => {
      const report = { run_id: 'r', outcomes: [{ tenant: 'acme', status: 'rotated' }] };
      await archive.put('runs/2026-11-22T02:17:03.120Z-0f0e.json', report);
      expect(await other.get('runs/2026-11-22T02:17:03.120Z-0f0e.json')).toEqual(report);
    });

    it('takes the same put again', async () => {
      await archive.put(keyOf(1, 'acme'), exchange());
      await other.put(keyOf(1, 'acme'), exchange());
      expect(await archive.get(keyOf(1, 'acme'))).toEqual(exchange());
      expect(await archive.list('')).toEqual([keyOf(1, 'acme')]);
    });

    it('creates an object once, however many try, and keeps the first', async () => {
      const marker = 'responses/default/00000042.json';
      const results = await Promise.all(
        [1, 2, 3, 4, 5].map((run) => (run % 2 ? archive : other).create(marker, { run })),
      );
      const winner = results.indexOf('created');
      expect(results.filter((result) => result === 'created')).toHaveLength(1);
      expect(await other.get(marker)).toEqual({ run: winner + 1 });
      expect(await archive.create(marker, { run: 9 })).toBe('exists');
      expect(await archive.get(marker)).toEqual({ run: winner + 1 });
      expect(await archive.list('responses/default/')).toEqual([marker]);
    });

    it('lists a turn’s folder before its marker', async () => {
      await archive.create('responses/default/00000001.json', { run_id: 'r' });
      await archive.put(keyOf(1, 'acme'), exchange());
      expect(await other.list('responses/default/', 'responses/default/00000001')).toEqual([
        keyOf(1, 'acme'),
        'responses/default/00000001.json',
      ]);
    });

    it('is not changed by a later change of the object that was put', async () => {
      const value = exchange();
      await archive.put(keyOf(1, 'acme'), value);
      value.body = 'changed';
      expect(await archive.get(keyOf(1, 'acme'))).toEqual(exchange());
    });

    it('lists the keys of a prefix by code unit, whatever the order of the puts', async () => {
      const keys = [
        keyOf(2, 'acme'),
        keyOf(1, 'b'),
        keyOf(1, 'a.b'),
        keyOf(1, 'a-b'),
        keyOf(1, 'a'),
        keyOf(1, 'Z'),
        keyOf(10, 'acme'),
      ];
      const elsewhere = [
        keyOf(1, 'acme', 'default2'),
        keyOf(1, 'acme', 'default.eu'),
        'runs/2026-11-22T02:17:03.120Z-0f0e.json',
      ];
      for (const key of [...keys, ...elsewhere]) {
        await archive.put(key, exchange());
      }
      expect(await other.list(shardPrefix('default'))).toEqual([...keys].sort());
      expect(await other.list('')).toEqual([...keys, ...elsewhere].sort());
      expect(await other.list('responses/default')).toEqual(
        [...keys, ...elsewhere.slice(0, 2)].sort(),
      );
      expect(await other.list(`${shardPrefix('default')}00000001-`)).toEqual(
        keys.filter((key) => key.includes('/00000001-')).sort(),
      );
      expect(await other.list('runs/2026-11-22T02')).toEqual(elsewhere.slice(2));
      expect(await other.list('responses/nowhere/')).toEqual([]);
    });

    it('lists what sorts after a key or a part of one', async () => {
      const keys = [1, 2, 3, 10].flatMap((turn) =>
        ['acme', 'brandx'].map((tenant) => keyOf(turn, tenant)),
      );
      for (const key of keys) {
        await archive.put(key, exchange());
      }
      const prefix = shardPrefix('default');
      const starts = [
        ...keys,
        `${prefix}00000002`,
        `${prefix}00000002-`,
        `${prefix}00000003-9`,
        `${prefix}~`,
        prefix,
        'responses',
        'a',
        'z',
        '',
      ];
      for (const start of starts) {
        expect(await archive.list(prefix, start)).toEqual(keys.filter((key) => key > start).sort());
      }
    });

    it('holds many puts at once', async () => {
      const tenants = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
      await Promise.all(
        tenants.map((tenant, index) =>
          (index % 2 ? archive : other).put(keyOf(1, tenant), exchange({ tenant })),
        ),
      );
      expect(await archive.list(shardPrefix('default'))).toEqual(
        tenants.map((tenant) => keyOf(1, tenant)).sort(),
      );
      expect(await archive.get(keyOf(1, 'tenant-7'))).toEqual(exchange({ tenant: 'tenant-7' }));
    });

    it('removes what it is told to, and nothing else', async ({ skip }) => {
      if (!archive.remove) {
        return skip('it has no right to');
      }
      for (const turn of [1, 2, 3]) {
        await archive.put(keyOf(turn, 'acme'), exchange());
      }
      await archive.remove([keyOf(1, 'acme'), keyOf(3, 'acme'), keyOf(4, 'acme')]);
      expect(await other.list('')).toEqual([keyOf(2, 'acme')]);
      expect(await other.get(keyOf(1, 'acme'))).toBeNull();
    });
  });
}
