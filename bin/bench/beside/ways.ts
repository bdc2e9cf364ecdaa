/**
 * One run of another way to refresh a fleet, in a process of its own (`ways WAY SETTING`). Says
 * `ready` when it begins, and how many requests failed when it has ended. Each way is what its
 * documentation, or a straightforward script, would do.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';

/** Describes what a way needs to know. */
export interface Setting {
  /** A JSON object, tenant to refresh token. */
  file: string;
  tokenUrl: string;
  /** Takes the JSON object as the value of a secret. */
  secretUrl: string;
  /** Entry files of the packages that are compared. */
  packages: Record<string, string>;
}

type Refresh = (refreshToken: string) => Promise<string>;
type Store = (tokens: Record<string, string>) => Promise<void>;

const PLACES = 64;
const CLIENT = { id: 'bench', secret: 'bench' };

const [way = '', text = ''] = process.argv.slice(2);
const setting = JSON.parse(text) as Setting;
const tokens = JSON.parse(readFileSync(setting.file, 'utf8')) as Record<string, string>;
const names = Object.keys(tokens);
let failed = 0;

const ways: Record<string, () => Promise<void>> = {
  'sequential script': () => oneByOne(refreshByFetch),
  'parallel loop, one secret write each': () => allAtOnce(refreshByFetch, putSecret),
  'pool of 64, one file write each': () => inPool(refreshByFetch, writeFile),
  'pool of 64, one file write at the end': async () => {
    await inPool(refreshByFetch, async () => undefined);
    await writeFile(tokens);
  },
  'simple-oauth2, file write after it': async () => oneByOne(await refreshBySimpleOauth2()),
  'openid-client, file write after it': async () => oneByOne(await refreshByOpenidClient()),
};

process.stdout.write('ready\n');
await ways[way]?.();
process.stdout.write(`${JSON.stringify({ failed })}\n`);

async function oneByOne(refresh: Refresh): Promise<void> {
  for (const name of names) {
    await renew(name, refresh, writeFile);
  }
}

async function allAtOnce(refresh: Refresh, store: Store): Promise<void> {
  await Promise.all(names.map((name) => renew(name, refresh, store)));
}

async function inPool(refresh: Refresh, store: Store): Promise<void> {
  await pLimit(PLACES).map(names, (name) => renew(name, refresh, store));
}

async function renew(name: string, refresh: Refresh, store: Store): Promise<void> {
  try {
    tokens[name] = await refresh(tokens[name] ?? '');
    await store(tokens);
  } catch {
    failed += 1;
  }
}

/** Replaces the file whole, kinder than the plain write that most scripts do. */
async function writeFile(all: Record<string, string>): Promise<void> {
  writeFileSync(`${setting.file}.part`, JSON.stringify(all));
  renameSync(`${setting.file}.part`, setting.file);
}

async function putSecret(all: Record<string, string>): Promise<void> {
  const response = await fetch(setting.secretUrl, { method: 'PUT', body: JSON.stringify(all) });
  if (!response.ok) {
    throw new Error(`the secret store answered ${response.status}`);
  }
}

async function refreshByFetch(refreshToken: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
  });
  const response = await fetch(setting.tokenUrl, { method: 'POST', body });
  if (!response.ok) {
    throw new Error(`the token endpoint answered ${response.status}`);
  }
  const answer = (await response.json()) as { refresh_token?: string };
  return answer.refresh_token ?? refreshToken;
}

/** As its README does under "Access Token Refresh". */
async function refreshBySimpleOauth2(): Promise<Refresh> {
  const { AuthorizationCode } = await load('simple-oauth2');
  const { origin, pathname } = new URL(setting.tokenUrl);
  const client = new AuthorizationCode({
    client: CLIENT,
    auth: { tokenHost: origin, tokenPath: pathname },
  });
  return async (refreshToken) => {
    const { token } = await client.createToken({ refresh_token: refreshToken }).refresh();
    return token.refresh_token;
  };
}

/** As its README does under "Refresh Token Grant". */
async function refreshByOpenidClient(): Promise<Refresh> {
  const client = await load('openid-client');
  const server = { issuer: new URL(setting.tokenUrl).origin, token_endpoint: setting.tokenUrl };
  const config = new client.Configuration(server, CLIENT.id, CLIENT.secret);
  client.allowInsecureRequests(config);
  return async (refreshToken) => {
    const answer = await client.refreshTokenGrant(config, refreshToken);
    return answer.refresh_token ?? refreshToken;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: packages that only this bench installs have no types.
async function load(name: string): Promise<any> {
  const module = await import(pathToFileURL(setting.packages[name] ?? '').href);
  return module.default ?? module;
}
