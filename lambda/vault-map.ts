/** The parsed tenant credential map (design section 3). Entries are raw: tenant-entry.ts checks them one by one. */
export interface VaultMap {
  apps: ReadonlyMap<string, unknown>;
  tenants: ReadonlyMap<string, unknown>;
}
