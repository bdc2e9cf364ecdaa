/** The `error.code` of an error that is not a tenant's failure. */
export type CommandErrorCode =
  | 'usage'
  | 'cancelled'
  | 'no_home'
  | 'no_stack'
  | 'unknown_tenant'
  | 'unknown_app'
  | 'unknown_provider'
  | 'unknown_shard'
  | 'unknown_tag'
  | 'aws_setup'
  | 'failed';

interface Details {
  code?: CommandErrorCode;
  /** The next thing to do, as a sentence or a command. */
  nextStep?: string | null;
}

/**
 * The command line is wrong by itself, whatever the home holds (exit code 2). The message says how
 * it is right, and holds no secret.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
  readonly nextStep: string | null;
  constructor(message: string, nextStep: string | null = null) {
    super(message);
    this.nextStep = nextStep;
  }
}

/**
 * A command could not do what was asked (exit code 1), such as for a name that is nowhere. The
 * message says why, and holds no secret.
 */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly code: CommandErrorCode;
  readonly nextStep: string | null;
  constructor(message: string, { code = 'failed', nextStep }: Details = {}) {
    super(message);
    this.code = code;
    this.nextStep = nextStep ?? null;
  }
}

/** There is no folder home where one was looked for. */
export class NoHomeError extends CommandError {}
