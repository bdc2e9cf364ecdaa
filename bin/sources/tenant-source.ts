import type { Place } from './source-fault.ts';

/** Tenants to add, and the apps they name, as they would be in the map. */
export interface Newcomers {
  apps: ReadonlyMap<string, Entry>;
  tenants: ReadonlyMap<string, Entry>;
}

/** What a file brings. */
export interface TenantSource extends Newcomers {
  /** What it holds beside tenants, and which is left out: names, or places where a name is none. */
  ignored: readonly string[];
  /** Where it has an entry whose name is not allowed. Such a name may be a secret. */
  misnamed: readonly Place[];
  /** The provider of its tenants that name none; null where the file lets nobody guess. */
  usualProvider: string | null;
}

/** A source that brings nothing. */
export const NOTHING: TenantSource = {
  apps: new Map(),
  tenants: new Map(),
  ignored: [],
  misnamed: [],
  usualProvider: null,
};

export type Entry = Readonly<Record<string, unknown>>;

/** What a person says about a file that does not say it itself. */
export interface SourceHints {
  /** The file's name without its folder; null for stdin. */
  fileName: string | null;
  /** The name of the one tenant that a token file is for. */
  tenant?: string;
  /** The app that tenants without a client of their own use, or the name of the app that it holds. */
  app?: string;
  provider?: string;
}
