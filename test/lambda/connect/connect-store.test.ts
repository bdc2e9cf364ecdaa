import { describe, expect, it } from 'vitest';
import {
  changeLink,
  changeVisits,
  readLink,
  readVisits,
  writeLink,
} from '../../../lambda/connect/connect-store.ts';
import { inboxKey, inboxPrefix, parseInboxKey } from '../../../lambda/connect/inbox-entry.ts';
import { newAttemptId, newLinkToken } from '../../../lambda/connect/link-token.ts';
import { addStart } from '../../../lambda/connect/visits.ts';
import { makeConnectScene } from '../../fakes/connect-scene.ts';
import { memoryPorts } from '../../fakes/memory-ports.ts';

const revoked = { kind: 'revoked', at: '2026-11-25T10:00:00.000Z' } as const;

function scene() {
  const made = makeConnectScene();
  return { ...made, records: memoryPorts(made.world).records };
}

describe(changeLink.name, () => {
  it('begins again where somebody else was faster, and loses neither change', async () => {
    const { invite, records, change, link } = scene();
    const { id } = invite();
    let calls = 0;
    await changeLink(records, id, (found) => {
      if (calls++ === 0) {
        change(id, { made_by: 'ann' });
      }
      return { ...found, status: revoked };
    });
    expect(calls).toBe(2);
    expect(link(id)).toMatchObject({ made_by: 'ann', status: revoked });
  });

  it('leaves a link that needs no change, and makes none', async () => {
    const { invite, records, world } = scene();
    const { id } = invite();
    const before = world.records.get(`links/${id}.json`);
    expect((await changeLink(records, id, () => null))?.id).toBe(id);
    expect(world.records.get(`links/${id}.json`)).toBe(before);
    expect(await changeLink(records, newLinkToken().id, (found) => found)).toBeNull();
  });
});

describe(writeLink.name, () => {
  it('writes a new link once', async () => {
    const { invite, records, link } = scene();
    const { id } = invite();
    expect(await writeLink(records, link(id), null)).toBe('refused');
    const found = await readLink(records, id);
    expect(found && (await writeLink(records, found.value, found.etag))).toBe('written');
  });
});

describe(changeVisits.name, () => {
  it('keeps the starts of two visitors at once', async () => {
    const { records } = scene();
    const { id } = newLinkToken();
    const start = () => ({ attempt: newAttemptId(), state_hash: 'x', started_at: 'y' });
    await Promise.all(
      Array.from({ length: 4 }, () =>
        changeVisits(records, id, (visits) => addStart(visits, start())),
      ),
    );
    expect((await readVisits(records, id)).value.starts.length).toBe(4);
  });
});

describe(parseInboxKey.name, () => {
  it('reads the key that a code is filed under, and no other', () => {
    const [link, attempt] = [newLinkToken().id, newAttemptId()];
    const key = inboxKey('eu', link, attempt);
    expect(key.startsWith(inboxPrefix('eu'))).toBe(true);
    expect(parseInboxKey(key)).toEqual({ shard: 'eu', link, attempt });
    for (const other of [
      `${key}x`,
      key.replace('inbox', 'links'),
      key.replace('-', '/'),
      'inbox/eu/',
    ]) {
      expect(parseInboxKey(other)).toBeNull();
    }
  });
});
