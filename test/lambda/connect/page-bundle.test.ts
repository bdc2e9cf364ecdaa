import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildConnect } from '../../../bin/build.ts';
import { linkKey } from '../../../lambda/connect/connect-link.ts';
import { type LinkToken, newLinkToken } from '../../../lambda/connect/link-token.ts';
import { exampleLink } from '../../fakes/connect-scene.ts';
import { startLambda, type WarmLambda } from '../../fakes/invoke-bundle.ts';
import { describeWithMoto } from '../../fakes/moto.ts';

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  cookies: string[];
  body: string;
}

describeWithMoto('the bundled page function behind an HTTP API', (moto) => {
  const bucket = `connect-${crypto.randomUUID()}`;
  let bundle: string;
  let lambda: WarmLambda;
  let s3: S3Client;
  let token: LinkToken;
  let printed = '';

  beforeAll(async () => {
    bundle = await mkdtemp(join(tmpdir(), 'token-rotator-connect-'));
    await buildConnect(bundle);
    lambda = startLambda(bundle);
    s3 = new S3Client({ ...moto().clientConfig, forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    );
  });
  afterAll(async () => {
    await lambda.close();
    rmSync(bundle, { recursive: true, force: true });
  });
  beforeEach(async () => {
    token = newLinkToken();
    const now = Date.now();
    const link = {
      ...exampleLink(token),
      made_at: new Date(now).toISOString(),
      expires_at: new Date(now + 86_400_000).toISOString(),
    };
    const Body = JSON.stringify(link);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: linkKey(token.id), Body }));
  });

  async function ask(method: string, path: string, more: object = {}): Promise<Answer> {
    const [rawPath = '', rawQueryString = ''] = path.split('?');
    const requestContext = { domainName: 'connect.example', http: { method } };
    const event = {
      version: '2.0',
      rawPath,
      rawQueryString,
      headers: {},
      requestContext,
      isBase64Encoded: false,
      ...more,
    };
    const env = {
      ...moto().env,
      ARCHIVE_BUCKET: bucket,
      REDEEM_FUNCTION: 'nobody-is-here',
      CONNECT_TITLE: 'Nord Agency',
    };
    const { result, error, output } = await lambda.invoke({ handler: 'handler', event, env });
    expect(error).toBeUndefined();
    printed += output;
    return result as Answer;
  }

  const cookiesOf = ({ cookies }: Answer) => cookies.map((cookie) => cookie.split(';')[0] ?? '');

  it('takes a client from the link to a filed code, and prints nothing of it', async () => {
    const path = `/c/${token.id}${token.secret}`;
    const page = await ask('GET', path);
    expect([page.statusCode, page.body.includes('Acme Ltd')]).toEqual([200, true]);
    const formToken = /name="form_token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const form = {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    };
    const body = Buffer.from(`form_token=${formToken}`).toString('base64');
    const start = await ask('POST', path, {
      headers: form,
      cookies: cookiesOf(page),
      body,
      isBase64Encoded: true,
    });
    const url = new URL((/0;url=([^"]+)"/.exec(start.body)?.[1] ?? '').replaceAll('&amp;', '&'));
    const query = `state=${url.searchParams.get('state')}&code=CANARY-code`;
    const back = await ask('GET', `/callback/amazon-ads?${query}`, { cookies: cookiesOf(start) });
    expect([back.statusCode, back.headers.location]).toEqual([
      303,
      expect.stringMatching(/^\/done\//),
    ]);
    const listed = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'inbox/default/' }),
    );
    const Key = listed.Contents?.find((object) => object.Key?.includes(token.id))?.Key;
    const filed = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    expect(await filed.Body?.transformToString()).toContain('CANARY-code');
    const done = await ask('GET', back.headers.location ?? '', { cookies: cookiesOf(start) });
    expect(done.body).toContain('Connecting');
    expect(printed).toContain('The redeem function could not be asked');
    for (const secret of ['CANARY', token.secret, formToken]) {
      expect(printed).not.toContain(secret);
    }
  });

  it('takes a link that is not there for unknown', async () => {
    const other = newLinkToken();
    expect((await ask('GET', `/c/${other.id}${other.secret}`)).statusCode).toBe(404);
    expect((await ask('GET', '/c/%00')).statusCode).toBe(404);
    expect((await ask('PUT', '/')).statusCode).toBe(405);
  });
});
