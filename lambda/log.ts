/**
 * Describes what a log line may say, these fields and no others. None of them may ever hold a token,
 * a secret, a code or a provider's text (SECURITY.md). `message` is a constant sentence of ours.
 */
export interface LogRecord {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  run_id?: string;
  shard?: string;
  tenant?: string;
  provider?: string;
  /** An error code of ours, or an allow-listed one of OAuth's. */
  code?: string;
  /** A StoreError's message in our own words. */
  cause?: string;
  turn?: number;
  /** Key of an object in the archive. */
  archive_key?: string;
  attempt?: number;
  status?: number;
  count?: number;
  duration_ms?: number;
  /** Remaining and reset headers of rate limits, by allow-list. */
  rate_limit?: Record<string, string>;
}

export type Log = (record: LogRecord) => void;

const FIELDS = [
  'run_id',
  'shard',
  'tenant',
  'provider',
  'code',
  'cause',
  'turn',
  'archive_key',
  'attempt',
  'status',
  'count',
  'duration_ms',
  'rate_limit',
] as const satisfies readonly Exclude<keyof LogRecord, 'level' | 'message'>[];

/**
 * Returns the fields of a record that may be written, beside its level and message. All others are
 * dropped.
 */
export function pickLogFields(record: LogRecord): Partial<LogRecord> {
  return Object.fromEntries(
    FIELDS.filter((field) => record[field] !== undefined).map((field) => [field, record[field]]),
  );
}
