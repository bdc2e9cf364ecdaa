import { type Knowledge, rootOf } from '../history/families.ts';
import { type Entry, learn } from '../history/learn.ts';
import { restore } from '../history/restore.ts';
import { justAfter, later, OLD, type Stamp } from '../history/stamp.ts';
import { heldIn, type VaultMap } from '../map/vault-map.ts';

/**
 * Takes in, for a dry run, what a run would archive of an operator's edits before it asks. A tenant
 * that was renamed, copied or connected anew holds another consent's credential, and has that
 * consent's token.
 */
export function foretellJoins(knowledge: Knowledge, map: VaultMap): void {
  const stamp = justAfter(newestStamp(knowledge));
  for (const { tenant, holds, family, joins } of restore(heldIn(map), knowledge)) {
    if (holds === null || (family !== null && !joins)) {
      continue;
    }
    const root = family === null ? holds : rootOf(family);
    const issued = family === null ? holds : null;
    learn(knowledge, joining(tenant, { root, issued, stamp }));
  }
}

function newestStamp({ families, tenants }: Knowledge): Stamp {
  const stamps = [...families.values()].map((family) => family.stamp);
  const joined = [...tenants.values()].map((membership) => membership.joined);
  return [...stamps, ...joined].reduce(later, OLD);
}

function joining(tenant: string, entry: Pick<Entry, 'root' | 'issued' | 'stamp'>): Entry {
  return {
    ...entry,
    tenant,
    kind: 'adopted',
    key: '',
    filedAt: '',
    sentAt: '',
    client: null,
    spent: null,
    born: entry.stamp,
    joined: entry.stamp,
    had: [],
    inDoubt: [],
    token: null,
    unread: false,
    unsent: false,
  };
}
