import { randomBytes } from 'node:crypto';
import type { Secrets } from '../../lambda/ports.ts';
import type { Home } from '../homes/home.ts';
import { changedNames } from './changed-names.ts';
import { type EditNote, noteKey } from './edit-note.ts';

interface Audit {
  /** Says what was typed, without its arguments. */
  verb: string;
  /**
   * The process makes one edit, so that each tenant gets one line, however often and in however
   * many shards it is written.
   */
  isOneEdit: boolean;
  /** Says a remark to the person. */
  note: (text: string) => void;
}

type Changed = Pick<EditNote, 'shard' | 'tenants' | 'apps'>;

/** A home that leaves a line in its archive for each edit. */
export interface AuditedHome extends Home {
  /** Notes an edit of tenants that changes no map, such as that of a link. */
  noteEdit(shard: string, tenants: readonly string[]): Promise<void>;
}

/**
 * Returns a home that leaves a line in its archive for each edit of a map that goes through it.
 * Rotations leave none. Their report says what they did.
 */
export function auditedHome(home: Home, audit: Audit): AuditedHome {
  const noted = new Set<string>();
  const noteEdit = async (changed: Changed) => {
    const tenants = changed.tenants.filter((name) => !noted.has(name));
    if (tenants.length === 0 && changed.tenants.length > 0) {
      return;
    }
    if (audit.isOneEdit) {
      for (const name of tenants) {
        noted.add(name);
      }
    }
    await fileNote(home, audit, { ...changed, tenants });
  };
  return {
    ...home,
    noteEdit: (shard, tenants) => noteEdit({ shard, tenants: [...tenants], apps: [] }),
    ports: { ...home.ports, vault: auditedVault(home.ports.vault, noteEdit) },
  };
}

/** A swap that got no answer is noted when its text is read back. */
function auditedVault(vault: Secrets, noteEdit: (changed: Changed) => Promise<void>): Secrets {
  const texts = new Map<string, string | undefined>();
  const unanswered = new Map<string, { before: string | null | undefined; text: string }>();
  return {
    ...vault,
    async read(shard) {
      const version = await vault.read(shard);
      if (version) {
        texts.set(version.versionId, version.text);
      }
      const sent = unanswered.get(shard);
      unanswered.delete(shard);
      if (sent && sent.text === version?.text) {
        await noteEdit({ shard, ...changedNames(sent.before, sent.text) });
      }
      return version;
    },
    async swap(shard, read, text, requestToken) {
      const before = read === null ? null : texts.get(read);
      unanswered.set(shard, { before, text });
      const swapped = await vault.swap(shard, read, text, requestToken);
      unanswered.delete(shard);
      if (swapped === 'swapped') {
        await noteEdit({ shard, ...changedNames(before, text) });
      }
      return swapped;
    },
  };
}

/** An edit that cannot be noted was made all the same. */
async function fileNote(home: Home, { verb, note }: Audit, changed: Changed): Promise<void> {
  try {
    const at = new Date(home.ports.clock.now()).toISOString();
    const line: EditNote = {
      version: 1,
      at,
      verb,
      by: await home.caller(),
      ...changed,
    };
    await home.ports.archive.put(noteKey(line, randomBytes(4).toString('hex')), line);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'an unknown fault';
    note(`The edit was made, but no line about it could be archived: ${why}`);
  }
}
