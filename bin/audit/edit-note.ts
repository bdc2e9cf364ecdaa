import * as z from 'zod/mini';
import { FOLDERS } from '../../lambda/archive-folders.ts';

/** One edit by a person, as the archive keeps it under `audit/`. Holds no secret. */
export interface EditNote {
  version: 1;
  /** ISO-8601. */
  at: string;
  /** Says what was typed, without its arguments, such as `app set-secret`. */
  verb: string;
  /** The ARN of the caller in AWS, or the user and the machine of a home. */
  by: string;
  shard: string;
  /** Whose entries the edit added, changed or took away. */
  tenants: string[];
  apps: string[];
}

const noteSchema = z.object({
  version: z.literal(1),
  at: z.string(),
  verb: z.string(),
  by: z.string(),
  shard: z.string(),
  tenants: z.array(z.string()),
  apps: z.array(z.string()),
});

/** Returns the key of a note in the archive. `random` tells notes of one instant apart. */
export function noteKey({ at, verb }: EditNote, random: string): string {
  return `${FOLDERS.audit}${at}-${verb.replaceAll(/[^a-z-]+/g, '-')}-${random}.json`;
}

/** Reads one object of the archive, or undefined where it is no note. */
export function parseEditNote(value: unknown): EditNote | undefined {
  const parsed = noteSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
