import type { Missing } from './drill-report.ts';

type Told = Pick<Missing, 'tenant' | 'archive_key' | 'cause' | 'sends_older'>;

/** Says why a tenant would not come back, and what to do while it still works. */
export function drillWords(missing: Told): Pick<Missing, 'message' | 'next_step'> {
  const older = missing.sends_older ? ' A run over that map would send an older one.' : '';
  return { message: `${messageOf(missing)}${older}`, next_step: nextStepOf(missing) };
}

function messageOf({ tenant, archive_key, cause }: Told): string {
  const place = archive_key === null ? '' : ` (${archive_key})`;
  switch (cause) {
    case 'not_in_archive':
      return `Neither the archive nor that map holds the credential of tenant ${tenant}${place}.`;
    case 'unreadable':
      return `An object about the credential of tenant ${tenant} cannot be read${place}.`;
    case 'link_lost':
      return (
        `The archive holds the credential of tenant ${tenant}, ` +
        'but nothing says that it followed the one in that map.'
      );
  }
}

function nextStepOf({ tenant, archive_key, cause }: Told): string {
  if (cause === 'link_lost') {
    return (
      'Put the folders responses/ and known/ back where you have a copy. After such a loss: ' +
      `tokens restore ${tenant}`
    );
  }
  if (archive_key === null) {
    return `Rotate it once, so that the archive has its credential: tokens rotate ${tenant}`;
  }
  return (
    'Put the object back where you have a copy, ' +
    `or bring a new credential while the old one works: tokens rotate ${tenant}`
  );
}
