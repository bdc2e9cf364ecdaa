import { DEFAULT_SHARD, isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError, UsageError } from '../errors.ts';
import { editedText } from '../map/edit-entry.ts';
import { editMap } from '../map/edit-map.ts';
import type { FieldEdit } from '../map/field-edit.ts';

/**
 * Adds an app to a shard's map. Throws UsageError for a name or a field that cannot be,
 * CommandError where there is such an app already, and StoreError.
 */
export async function addApp(
  ports: RunPorts,
  app: string,
  { shard = DEFAULT_SHARD, edits }: { shard?: string | undefined; edits: readonly FieldEdit[] },
): Promise<void> {
  if (!isName(app)) {
    throw new UsageError(
      'An app has a name of 1 to 64 letters, digits, dots, dashes and underscores.',
    );
  }
  await editMap(ports.vault, shard, (text, map) => {
    if (map.apps.has(app)) {
      throw appThere(app);
    }
    return editedText(text, map, {
      section: 'apps',
      name: app,
      edits,
    });
  });
}

/** Says that there is an app of this name. */
export function appThere(app: string): CommandError {
  return new CommandError(`There is an app ${app} already: nothing was changed.`, {
    nextStep: `To change it: tokens app set ${app} FIELD=VALUE`,
  });
}
