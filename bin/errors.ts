/**
 * The command line was used wrongly: exit code 2. The message says how it is used rightly, and
 * holds no secret.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * What was asked for could not be done: exit code 1. The message says why and what to do next, and
 * holds no secret.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** There is no folder home where one was looked for. */
export class NoHomeError extends CommandError {}
