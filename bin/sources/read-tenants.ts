import { CommandError } from '../errors.ts';
import { delimiterOf, readCsvTenants } from './csv-tenants.ts';
import { readEnvTenants } from './env-tenants.ts';
import { isJsonLines, readJsonLines, readJsonTenants } from './json-tenants.ts';
import { refuseOtherText } from './other-tools.ts';
import type { SourceHints, TenantSource } from './tenant-source.ts';
import { readTokenText } from './token-file.ts';
import { tenantOfToken } from './token-tenants.ts';

/** A first line by which a spreadsheet program knows the character between cells. */
const SEPARATOR_LINE = /^"?sep=(.)"?[ \t]*(?=[\r\n])/i;

/**
 * Reads the tenants of a file in whichever form it has (JSON, JSONL, CSV or an env file). Throws
 * CommandError and UsageError, which repeat no value.
 */
export function readTenants(text: string, hints: SourceHints): TenantSource {
  if (text.trim() === '') {
    throw new CommandError('The file is empty.');
  }
  if (/^\s*(?:[{[]|\/[/*])/.test(text) && !/^\s*\[[\w .:-]+\]\s*[\r\n]/.test(text)) {
    return isJsonLines(text) ? readJsonLines(text) : readJsonTenants(text, hints);
  }
  const token = readTokenText(text, hints.fileName);
  if (token) {
    return tenantOfToken(token, hints);
  }
  const told = SEPARATOR_LINE.exec(text);
  if (told?.[1]) {
    return readCsvTenants(text.slice(told[0].length), told[1]);
  }
  const isNamedCsv = /\.(?:csv|tsv)$/i.test(hints.fileName ?? '');
  const delimiter = delimiterOf(text) ?? (isNamedCsv ? ',' : null);
  if (delimiter !== null) {
    return readCsvTenants(text, delimiter);
  }
  refuseOtherText(text);
  return readEnvTenants(text);
}
