import { describe, expect, it } from 'vitest';
import { readTenants } from '../../../bin/sources/read-tenants.ts';

const read = (text: string, hints: { fileName?: string; tenant?: string } = {}) => {
  const { tenants, ...rest } = readTenants(text, { fileName: null, ...hints });
  return { tenants: Object.fromEntries(tenants), ...rest };
};
const CSV = ['tenant,provider,client_id,client_secret,note', 'acme,amazon-ads,id,s-1,n'];

describe('a table of a spreadsheet', () => {
  it.each([
    ['sep=,\r\n', ','],
    ['"sep=;"\r\n', ';'],
    ['SEP=|\n', '|'],
  ])('is read behind a first line %j that names its separator', (first, separator) => {
    const text = first + CSV.join('\n').replaceAll(',', separator);
    expect(read(text).tenants.acme).toMatchObject({ client_id: 'id', client_secret: 's-1' });
  });

  it('may have line ends of several kinds', () => {
    const text = `${CSV[0]}\r\n${CSV[1]}\nb,amazon-ads,id,s-2,\rc,amazon-ads,id,s-3,`;
    expect(Object.keys(read(text).tenants)).toEqual(['acme', 'b', 'c']);
  });

  it('counts the lines of a table behind that first line', () => {
    expect(() => read(`sep=;\nfoo;bar\na;b`)).toThrow('line 2: column 1 is no field');
  });

  it('may leave out cells for people at the end of a line', () => {
    const text = `${CSV[0]},tags\nacme,amazon-ads,id,s-1\nb,amazon-ads,id,s-2,n`;
    expect(Object.keys(read(text).tenants)).toEqual(['acme', 'b']);
  });

  it('makes one line of a note that has several', () => {
    const text = `${CSV[0]}\nacme,amazon-ads,id,s-1,"call\r\nBob"\nb,amazon-ads,id,"s\n2",`;
    expect(() => read(text)).toThrow('line 4: client_secret holds a line end');
    expect(read(text.replace('"s\n2"', 's-2')).tenants.acme).toMatchObject({ note: 'call Bob' });
  });
});

describe('an env file', () => {
  it.each(['abC1=x', 'xY9.z=', 'Zz='])('refuses %j behind a secret: it may be its rest', (line) => {
    const text = `CLIENTS=A\nA_CLIENT_ID=id\nA_REFRESH_TOKEN=CANARY\n${line}\n`;
    expect(() => read(text)).toThrow('line 4: this may be the rest of a value');
  });

  it.each(['LOG_LEVEL=debug', 'http_proxy=http://proxy.example', '\nLogLevel=debug'])(
    'leaves out %j, which is of another program',
    (line) => {
      const text = `CLIENTS=A\nA_CLIENT_ID=id\nA_REFRESH_TOKEN=t\n${line}\n`;
      expect(read(text)).toMatchObject({ tenants: { A: { client_id: 'id' } } });
      expect(read(text).ignored).toHaveLength(1);
    },
  );

  it('refuses a second list of clients that differs', () => {
    expect(() => read('CLIENTS=A\nCLIENTS=B\nA_CLIENT_ID=id')).toThrow('line 2: line 1 gives');
  });

  it.each(['setenv X a', 'declare -x X="a"', 'set -gx X a'])('knows %j as a command', (line) => {
    expect(() => read(line)).toThrow('line 1: this is a command of a shell');
  });
});

describe('a file with one token', () => {
  it.each([
    'acme_refresh_token_20240506_1011.json',
    'acme_refresh_token_2024-05-06_10-11-12.json',
    'acme_refresh_token_20240506101112.json',
    'acme_refresh_token_2024-05-06T10:11:12Z.json',
    'acme_refresh_token_1715000000.json',
    'acme_refresh_token_latest.json',
  ])('is known as that of a client by its name %s', (fileName) => {
    const { tenants, usualProvider } = read('{"refresh_token":"t-1"}', { fileName });
    expect({ tenants, usualProvider }).toEqual({
      tenants: { acme: { refresh_token: 't-1' } },
      usualProvider: 'instacart-ads',
    });
  });

  it('may be the text beside an export', () => {
    const fileName = 'acme_refresh_token_latest.txt';
    expect(read('t-1\n', { fileName }).tenants).toEqual({ acme: { refresh_token: 't-1' } });
    expect(() => read('Bearer\u200bCANARY', { fileName })).toThrow('holds an invisible character');
  });

  it('may be an entry whose name a person says', () => {
    const entry = { client_id: 'id', client_secret: 's', refresh_token: 't' };
    expect(read(JSON.stringify(entry), { tenant: 'acme' }).tenants).toEqual({ acme: entry });
    expect(() => read(JSON.stringify(entry))).toThrow('a list of entries');
  });

  it('is named where it is of Airbyte', () => {
    const config = { auth_type: 'oauth2.0', client_id: 'id', refresh_token: 'CANARY' };
    expect(() => read(JSON.stringify(config))).toThrow('it is a file of Airbyte');
  });
});
