import pLimit from 'p-limit';
import { FOLDERS } from '../../lambda/archive-folders.ts';
import { undamagedObject } from '../../lambda/keep/undamaged-object.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { type EditNote, parseEditNote } from './edit-note.ts';

const READS_AT_ONCE = 16;
/** Reading more would keep a person waiting for seconds. */
const MOST_NOTES = 500;

/**
 * Reads who edited a tenant since an instant, oldest first, among the newest 500 edits of all.
 * Throws StoreError.
 */
export async function readEdits(
  { archive }: Pick<RunPorts, 'archive'>,
  tenant: string,
  since: string,
): Promise<EditNote[]> {
  const listed = await archive.list(FOLDERS.audit, `${FOLDERS.audit}${since}`);
  const keys = listed.slice(-MOST_NOTES);
  const notes = await pLimit(READS_AT_ONCE).map(keys, async (key) =>
    parseEditNote(await undamagedObject(archive, key)),
  );
  return notes
    .filter((note) => note !== undefined)
    .filter(({ tenants }) => tenants.includes(tenant));
}
