import type { Place } from './source-fault.ts';

/** Tenants to add, and the apps they name, as they would be in the map. */
export interface Newcomers {
  apps: ReadonlyMap<string, Entry>;
  tenants: ReadonlyMap<string, Entry>;
}

/** The tenants and apps of a file, and all that is to be said about it. */
export interface TenantSource extends Newcomers {
  /**
   * Parts of it that belong to no tenant, by their names, or their places where the name may be a
   * secret.
   */
  ignored: readonly string[];
  /** Where it has an entry whose name is not allowed. Such a name may be a secret. */
  misnamed: readonly Place[];
  /** It is one refresh token, which says nothing of the client that it belongs to. */
  isTokenAlone: boolean;
  /** The provider of its tenants that name none; null where the file lets nobody guess. */
  usualProvider: string | null;
}

/** A source that brings nothing. */
export const NOTHING: TenantSource = {
  apps: new Map(),
  tenants: new Map(),
  ignored: [],
  misnamed: [],
  isTokenAlone: false,
  usualProvider: null,
};

export type Entry = Readonly<Record<string, unknown>>;

/** Facts that a person adds, since the file may not hold them. */
export interface SourceHints {
  /** The file's name without its folder; null for stdin. */
  fileName: string | null;
  /** The name of the one tenant that a token file is for. */
  tenant?: string;
  /** The app of tenants without a client of their own, or the name of the app in the file. */
  app?: string;
  provider?: string;
}
