/** Tenants to add, and the apps they name, as they would stand in the map. */
export interface Newcomers {
  apps: ReadonlyMap<string, Entry>;
  tenants: ReadonlyMap<string, Entry>;
  /** Names of what the source holds beside tenants, and which is left out. */
  ignored: readonly string[];
}

export type Entry = Readonly<Record<string, unknown>>;
