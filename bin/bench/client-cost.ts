/**
 * Measures the processor time of one write to S3 and of one request to a provider, in a process of
 * its own: `client-cost SERVER`, over HTTP on loopback. Prints milliseconds as JSON.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { createAwsArchive } from '../../lambda/aws/archive.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';

const CALLS = 2_000;
const AT_ONCE = 32;

const server = fork(process.argv[2] ?? '');
const [port] = await once(server, 'message');
const origin = `http://127.0.0.1:${port}`;
const s3 = new S3Client({
  region: 'eu-west-1',
  endpoint: origin,
  forcePathStyle: true,
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
const archive = createAwsArchive(s3, 'bucket');
const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });
const entry = { body: 'x'.repeat(1_500) };
const request = {
  method: 'POST' as const,
  url: `${origin}/token`,
  headers: {},
  body: 'grant_type=refresh_token',
};

const putMs = await costOf((index) => archive.put(`responses/default/${index}.json`, entry));
const requestMs = await costOf(() => http.send(request, 20_000));
process.stdout.write(JSON.stringify({ putMs, requestMs }));
server.kill();

/** Returns milliseconds of processor time per call, once the code is warm. */
async function costOf(call: (index: number) => Promise<unknown>): Promise<number> {
  await callMany(call);
  const before = process.cpuUsage();
  await callMany(call);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / CALLS;
}

async function callMany(call: (index: number) => Promise<unknown>): Promise<void> {
  await pLimit(AT_ONCE).map(Array(CALLS).keys(), (index) => call(index));
}
