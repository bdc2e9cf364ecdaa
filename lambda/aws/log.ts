import { Logger } from '@aws-lambda-powertools/logger';
import { type Log, pickLogFields } from '../log.ts';
import type { Report } from '../outcome.ts';
import type { DrillReport } from '../report/drill-report.ts';

const logger = new Logger({ serviceName: 'token-rotator' });

/** Writes one line of JSON to the function's log, with the fields that a record may have. */
export const log: Log = (record) => logger[record.level](record.message, pickLogFields(record));

/** Writes the result of a run. Its parts are the fields of the line. */
export function logResult(result: Report): void {
  logger.info('The run is over', { ...result });
}

/** Writes the result of a drill. Its parts are the fields of the line. */
export function logDrill(result: DrillReport): void {
  logger.info('The drill is over', { ...result });
}
