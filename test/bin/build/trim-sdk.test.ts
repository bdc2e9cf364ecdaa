import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { buildLambda } from '../../../bin/build.ts';
import { buildProgram } from '../../fakes/build-program.ts';

type Calls = typeof import('../../fakes/sdk-calls.ts').calls;

interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const AT = 1_800_000_000.123;
const listed = `${XML}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Name>archive</Name><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>
<NextContinuationToken>n=</NextContinuationToken>
<Contents><Key>a&amp;b</Key><LastModified>2026-11-22T02:17:03.120Z</LastModified><Size>7</Size></Contents>
<Contents><Key>c</Key><ETag>&quot;e&quot;</ETag></Contents></ListBucketResult>`;
const published = `<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>`;
const version = { VersionId: 'v1', CreatedDate: AT, VersionStages: ['AWSCURRENT'] };
const secret = { ARN: 'arn', Name: 'n', SecretString: '{"é":1}', ...version };
const json = (value: object): Reply => ({ status: 200, body: JSON.stringify(value) });

/** What each call is answered when all is well. */
const WELL: Record<string, Reply> = {
  get: {
    status: 200,
    headers: {
      etag: '"e"',
      'last-modified': 'Sun, 22 Nov 2026 02:17:03 GMT',
      expires: 'Sun, 22 Nov 2026 02:17:03 GMT',
      'x-amz-version-id': 'v',
      'x-amz-meta-a': 'b',
    },
    body: '{"a":"ü"}',
  },
  put: { status: 200, headers: { etag: '"e"', 'x-amz-version-id': 'v' } },
  'put over': { status: 200, headers: { etag: '"e"' } },
  list: { status: 200, body: listed },
  'list on': { status: 200, body: listed },
  read: json(secret),
  describe: json({ Name: 'n', CreatedDate: AT, VersionIdsToStages: { v1: ['AWSCURRENT'] } }),
  versions: json({ Versions: [version], NextToken: 't' }),
  secrets: json({ SecretList: [{ Name: 'n', LastChangedDate: AT, Tags: [{ Key: 'k' }] }] }),
  write: json({ ARN: 'arn', VersionId: 'v2' }),
  label: json({ ARN: 'arn' }),
  publish: { status: 200, body: published },
  event: json({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] }),
  invoke: { status: 202 },
};

const xmlFault = (status: number, code: string): Reply => ({
  status,
  body: `${XML}<Error><Code>${code}</Code><Message>m &amp; m</Message><Key>k</Key></Error>`,
});
const queryFault = (status: number, code: string): Reply => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`,
});
const jsonFault = (status: number, code: string): Reply => ({
  status,
  headers: { 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: `com.amazonaws#${code}`, message: 'm', Message: 'm' }),
});
const FAULTS: [number, string][] = [
  [301, 'PermanentRedirect'],
  [400, 'ResourceNotFoundException'],
  [400, 'ThrottlingException'],
  [400, 'ExpiredToken'],
  [403, 'AccessDenied'],
  [404, 'NoSuchKey'],
  [412, 'PreconditionFailed'],
  [500, 'InternalError'],
  [503, 'SlowDown'],
];
/** Answers that no service makes, and that something on the way does. */
const STRANGE: Reply[] = [
  { status: 403 },
  { status: 404 },
  { status: 429, headers: { 'retry-after': 'Sun, 22 Nov 2020 02:17:03 GMT' } },
  { status: 503, headers: { 'retry-after': '0' } },
  { status: 502, body: '<html>bad gateway</html>' },
  { status: 200, body: '<html>hello</html>' },
  { status: 200, body: '{"a":' },
];

function faultsOf(name: string): Reply[] {
  const isS3 = /^(get|put|list)/.test(name);
  const fault = isS3 ? xmlFault : name === 'publish' ? queryFault : jsonFault;
  return [...FAULTS.map(([status, code]) => fault(status, code)), ...STRANGE];
}

let server: Server;
let reply: Reply;
let requests: object[] = [];
let folder: string;
let plain: Calls;
let trimmed: Calls;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await text(request);
    const { method, url, headers } = request;
    requests.push({ method, url, headers: steady(headers), body });
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'testing');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testing');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  // Retries come at once.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-rotator-sdk-'));
  const source = join(import.meta.dirname, '..', '..', 'fakes', 'sdk-calls.ts');
  await buildLambda(join(folder, 'trimmed'), source);
  trimmed = await callsIn(join(folder, 'trimmed', 'index.mjs'));
  plain = await callsIn(await buildProgram(source, folder));
});

async function callsIn(program: string): Promise<Calls> {
  return ((await import(pathToFileURL(program).href)) as { calls: Calls }).calls;
}

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What differs from one request to the next. */
function steady({ authorization = '', ...headers }: IncomingHttpHeaders) {
  const signed = authorization.replace(/\d{8}\/|Signature=.*/g, '');
  const changing = /^(x-amz-date|amz-sdk-invocation-id|(x-amz-)?user-agent)$/;
  const kept = Object.entries(headers).filter(([name]) => !changing.test(name));
  const { 'amz-sdk-request': attempt, ...rest } = Object.fromEntries(kept);
  return { ...rest, attempt: String(attempt).replace(/ttl=\w+; /, ''), signed };
}

/** What a call sends, and what it returns or throws. */
async function outcomeOf(calls: Calls, name: string, given: Reply) {
  reply = given;
  requests = [];
  const result = await calls[name]?.().then(describeResult, describeError);
  return { requests, result };
}

async function describeResult(result: object) {
  const { $metadata, Body, Payload, ...rest } = result as Partial<
    GetObjectCommandOutput & InvokeCommandOutput
  >;
  const payload = Payload && Buffer.from(Payload).toString();
  const body = await Body?.transformToString();
  return { ...rest, status: $metadata?.httpStatusCode, body, payload };
}

function describeError(error: Error & { $metadata?: GetObjectCommandOutput['$metadata'] }) {
  const { message, $metadata: { httpStatusCode, attempts } = {} } = error;
  // The trimmed client of SNS names an error by its code on the wire, which has no such end.
  const name = error.name.replace(/Exception$/, '');
  return { name, message, httpStatusCode, attempts };
}

it.each(Object.keys(WELL))('the trimmed SDK calls as the whole one does: %s', async (name) => {
  const well = WELL[name] ?? { status: 500 };
  expect(await outcomeOf(plain, name, well)).toHaveProperty('result.status', well.status);
  for (const given of [well, ...faultsOf(name)]) {
    const expected = await outcomeOf(plain, name, given);
    expect(await outcomeOf(trimmed, name, given), JSON.stringify(given)).toEqual(expected);
  }
});
