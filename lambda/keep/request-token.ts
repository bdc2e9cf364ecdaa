import { createHash } from 'node:crypto';
import { turnDigits } from '../history/stamp.ts';

/** The most characters of a request token in Secrets Manager. */
const LENGTH = 64;
const UNARCHIVED = /^unarchived-(\d{8,})-/;

/** Says for whom and in place of what a text is written. */
interface Writing {
  runId: string;
  versionRead: string | null;
  text: string;
  /**
   * The turn of the run, where the text holds answers that the archive does not have. An edit that
   * leaves it out keeps what the version read says.
   */
  unarchivedTurn?: number | null;
}

/**
 * Returns the same token for the same run, version read and text, so that a repeated call is one
 * call (32 to 64 characters in Secrets Manager). It becomes the version's id, and so tells later
 * runs of answers that stand in that version alone.
 */
export function requestToken({ runId, versionRead, text, ...writing }: Writing): string {
  const { unarchivedTurn = unarchivedTurnOf(versionRead) } = writing;
  const mark = unarchivedTurn === null ? '' : `unarchived-${turnDigits(unarchivedTurn)}-`;
  const hash = createHash('sha256')
    .update(JSON.stringify([runId, versionRead, text]))
    .digest('hex');
  return `${mark}${hash}`.slice(0, LENGTH);
}

/**
 * Returns the turn of the run that wrote a version with answers that the archive did not have, or
 * null for any other version.
 */
export function unarchivedTurnOf(versionId: string | null): number | null {
  const turn = UNARCHIVED.exec(versionId ?? '')?.[1];
  return turn === undefined ? null : Number(turn);
}
