/**
 * A pipeline over all tenants, to be run on a schedule: `pipeline.ts https://api.example/v1/reports
 * ./reports` writes `<tenant>.json` for each. A tenant's trouble stays its own: the others are
 * fetched, and the exit code is 1.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { callApi } from './call-api.ts';
import { openClient } from './open-client.ts';

const AT_ONCE = 4;

const [url = '', folder = ''] = process.argv.slice(2);
const client = openClient();
await mkdir(folder, { recursive: true });
const tenants = await client.tenants();
const limit = pLimit(AT_ONCE);
const results = await Promise.allSettled(tenants.map((tenant) => limit(() => fetchReport(tenant))));

const failed = results.filter(({ status }) => status === 'rejected').length;
results.forEach((result, i) => {
  if (result.status === 'rejected')
    console.error(`${tenants[i]}: ${(result.reason as Error).message}`);
});
console.log(`${tenants.length - failed} of ${tenants.length} tenants fetched.`);
if (failed > 0) process.exitCode = 1;

async function fetchReport(tenant: string): Promise<void> {
  const response = await callApi(client, tenant, url);
  if (!response.ok) throw new Error(`the API answered with HTTP ${response.status}.`);
  // Whoever reads the folder sees a whole file or the one of before.
  await writeFile(join(folder, `${tenant}.json.part`), await response.text());
  await rename(join(folder, `${tenant}.json.part`), join(folder, `${tenant}.json`));
}
