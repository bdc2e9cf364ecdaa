/** A request that cannot be met. It names what is not there. Nothing was rotated. */
export class RunError extends Error {
  override readonly name: string = 'RunError';
}

/**
 * A refresh on demand for a tenant that its shard does not have. Consumers tell it from other
 * faults by this name.
 */
export class UnknownTenantError extends RunError {
  override readonly name = 'UnknownTenantError';
}
