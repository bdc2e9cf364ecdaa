import { CsvError, type InfoRecord, parse } from 'csv-parse/sync';
import { FREE_FIELDS } from '../../lambda/map/tenant-fields.ts';
import { isName } from '../../lambda/names.ts';
import { fieldSpelled, knownFields } from '../map/entry-fields.ts';
import { cleanField, typedValue } from './clean-field.ts';
import { faultsError, type Place, type SourceFault } from './source-fault.ts';
import { type Entry, NOTHING, type TenantSource } from './tenant-source.ts';

/** Names that spreadsheets give to the columns of a field. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['name', 'tenant'],
  ['client', 'tenant'],
  ['account', 'tenant'],
  ['tenant_name', 'tenant'],
  ['secret', 'client_secret'],
  ['auth_code', 'authorization_code'],
  ['code', 'authorization_code'],
]);

const DELIMITERS = [',', ';', '\t', '|'];

/**
 * Returns the character between the cells of a table whose first line names a tenant and its
 * fields.
 */
export function delimiterOf(text: string): string | null {
  const [head = ''] = text.trimStart().split(/[\r\n]/, 1);
  const known = (delimiter: string) => {
    const names = head.split(delimiter).map(fieldOf);
    return names.filter((name) => name === 'tenant' || knownFields.has(name)).length;
  };
  const best = DELIMITERS.toSorted((a, b) => known(b) - known(a))[0] ?? ',';
  return known(best) >= 2 ? best : null;
}

/**
 * Reads tenants from CSV whose first line names the columns: `tenant`, and fields of an entry. An
 * empty cell is no field, and cells for people may be left out at the end. Throws one CommandError that names every place that is wrong, and no
 * value.
 */
export function readCsvTenants(text: string, delimiter: string): TenantSource {
  const [head, ...rows] = parseRows(text, delimiter);
  const faults: SourceFault[] = [];
  const columns = (head?.record ?? []).map(fieldOf);
  checkColumns(columns, head?.line ?? 1, faults);
  if (faults.length > 0) {
    throw faultsError(faults);
  }
  const tenants = new Map<string, Entry>();
  const misnamed: Place[] = [];
  for (const { line, record } of rows) {
    const cutAt = lackedColumn(columns, record);
    if (cutAt !== undefined) {
      faults.push({ place: { line }, message: `this line ends before its column ${cutAt}` });
      continue;
    }
    const { tenant = '', ...entry } = readRow(columns, record, { line, faults });
    if (typeof tenant !== 'string' || !isName(tenant)) {
      misnamed.push({ line });
    } else if (tenants.has(tenant)) {
      faults.push({ place: { line }, message: `${tenant} is there a second time` });
    } else {
      tenants.set(tenant, entry);
    }
  }
  if (faults.length > 0) {
    throw faultsError(faults);
  }
  return {
    ...NOTHING,
    tenants,
    misnamed,
  };
}

interface Row {
  line: number;
  record: string[];
}

function parseRows(text: string, delimiter: string): Row[] {
  try {
    // The parser takes the first line end that it sees for all of them.
    const rows = parse(text.replaceAll(/\r\n?/g, '\n'), {
      delimiter,
      info: true,
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { info: InfoRecord; raw: string; record: string[] }[];
    return rows
      .map(({ info, raw, record }) => ({ line: info.lines - lineEndsIn(raw), record }))
      .filter(({ record }) => record.some((cell) => cell !== ''));
  } catch (error) {
    if (!(error instanceof CsvError)) {
      throw error;
    }
    // Its message repeats a piece of the text.
    const line = typeof error.lines === 'number' ? error.lines : 1;
    throw faultsError([{ place: { line }, message: 'the quotes of this line do not match' }]);
  }
}

/** A row is named by its first line. A cell in quotes may have several. */
function lineEndsIn(raw: string): number {
  return raw.trim().match(/\n/g)?.length ?? 0;
}

function checkColumns(columns: readonly string[], line: number, faults: SourceFault[]): void {
  const known = knownFields;
  const place = { line };
  columns.forEach((column, index) => {
    const isKnown = column === 'tenant' || known.has(column);
    if (!isKnown && column !== '') {
      faults.push({ place, message: `column ${index + 1} is no field of a tenant` });
    } else if (column !== '' && columns.indexOf(column) !== index) {
      faults.push({ place, message: `column ${index + 1} is ${column} a second time` });
    }
  });
  if (!columns.includes('tenant')) {
    faults.push({ place, message: 'no column is named tenant. The first line names the columns' });
  }
}

/**
 * Returns the first column that a row ends before, where more than fields for people are lacking. A
 * token that is broken over two lines would make its end a tenant's name, which is shown.
 */
function lackedColumn(columns: readonly string[], record: readonly string[]): string | undefined {
  const lacking = columns.slice(record.length);
  return lacking.find((column) => column !== '' && !FREE_FIELDS.has(column));
}

function readRow(
  columns: readonly string[],
  record: readonly string[],
  { line, faults }: { line: number; faults: SourceFault[] },
): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  if (record.slice(columns.length).some((cell) => cell !== '')) {
    faults.push({ place: { line }, message: 'this line has more cells than the first one' });
  }
  columns.forEach((column, index) => {
    const cell = record[index] ?? '';
    const cleaned = /^\d(?:[.,]\d+)?E\+\d+$/.test(cell)
      ? { fault: 'is a number that the spreadsheet has shortened: format the column as text' }
      : cleanField(column, cell);
    if ('fault' in cleaned) {
      faults.push({ place: { line }, message: `${column || 'a cell'} ${cleaned.fault}` });
    } else if (column !== '' && cleaned.value !== '') {
      entry[column] = typedValue(column, cleaned.value);
    }
  });
  return entry;
}

function fieldOf(name: string): string {
  const field = name
    .replaceAll(/^[\s"'\ufeff]+|[\s"']+$/g, '')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return OTHER_NAMES.get(field) ?? fieldSpelled(field) ?? field;
}
