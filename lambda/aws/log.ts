import { Logger } from '@aws-lambda-powertools/logger';
import { type Log, pickLogFields } from '../log.ts';
import type { Report } from '../outcome.ts';

const logger = new Logger({ serviceName: 'token-rotator' });

/** Writes one line of JSON to the function's log, with the fields that a record may have. */
export const log: Log = (record) => logger[record.level](record.message, pickLogFields(record));

/** Writes the result of a run. Its parts are the fields of the line. */
export function logResult(result: Report): void {
  logger.info('The run is over', { ...result });
}
