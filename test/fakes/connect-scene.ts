import type { Hono } from 'hono';
import { createConnectApp } from '../../lambda/connect/connect-app.ts';
import { type ConnectLink, linkKey } from '../../lambda/connect/connect-link.ts';
import { type InboxEntry, parseInboxEntry } from '../../lambda/connect/inbox-entry.ts';
import { hashOf, type LinkToken, newLinkToken } from '../../lambda/connect/link-token.ts';
import type { LogRecord } from '../../lambda/log.ts';
import { createMemoryWorld, type Gate, type MemoryWorld, memoryPorts } from './memory-ports.ts';
import type { Scene } from './scene.ts';

const START = Date.parse('2026-11-25T10:00:00.000Z');

/** Connect pages over stores in memory, with everything that they touched. */
export interface ConnectScene {
  app: Hono;
  world: MemoryWorld;
  /** Ids of the links whose code was asked to be redeemed, in order. */
  asked: string[];
  logged: LogRecord[];
  clock: { now(): number; pass(ms: number): void };
  /** Stores a link and returns its address part. */
  invite(change?: Partial<ConnectLink>): LinkToken & { path: string };
  link(id: string): ConnectLink;
  change(id: string, change: Partial<ConnectLink>): void;
  /** Every code that was filed. */
  codes(): InboxEntry[];
}

const open: Gate = async (_effect, perform) => perform();

/** Makes the connect pages of one house. Every touch of the outside world passes `gate`. */
export function makeConnectScene(gate = open, held?: Pick<Scene, 'world' | 'clock'>): ConnectScene {
  let now = START;
  const own = {
    now: () => now,
    pass(ms: number) {
      now += ms;
    },
  };
  const clock = held ? { now: held.clock.now, pass: held.clock.jump } : own;
  const world = held?.world ?? createMemoryWorld(clock);
  const { records, archive } = memoryPorts(world, gate);
  const asked: string[] = [];
  const logged: LogRecord[] = [];
  const askRedeem = (id: string) =>
    gate({ port: 'functions', op: 'send', on: 'redeem' }, () => void asked.push(id));
  const ports = {
    records,
    archive,
    askRedeem,
    clock,
    log: (record: LogRecord) => void logged.push(record),
  };
  const store = (link: ConnectLink) =>
    world.records.set(linkKey(link.id), { text: JSON.stringify(link), etag: `${Math.random()}` });
  const link = (id: string): ConnectLink =>
    JSON.parse(world.records.get(linkKey(id))?.text ?? 'null');
  return {
    app: createConnectApp(ports, { title: 'Nord Agency', contact: 'ann@nord.example', logo: null }),
    world,
    asked,
    logged,
    clock,
    invite(change = {}) {
      const token = newLinkToken();
      store({ ...exampleLink(token), ...change });
      return { ...token, path: `/c/${token.id}${token.secret}` };
    },
    link,
    change: (id, change) => void store({ ...link(id), ...change }),
    codes: () =>
      [...world.objects]
        .filter(([key]) => key.startsWith('inbox/'))
        .map(([, text]) => parseInboxEntry(JSON.parse(text))),
  };
}

/** An open link for an Amazon Ads account. */
export function exampleLink({ id, secret }: LinkToken): ConnectLink {
  return {
    version: 1,
    id,
    secret_hash: hashOf(secret),
    tenant: 'acme',
    shard: 'default',
    provider: 'amazon-ads',
    client_id: 'amzn1.client',
    token_host: 'api.amazon.com',
    redirect_uri: 'https://connect.example/callback/amazon-ads',
    made_at: new Date(START).toISOString(),
    made_by: null,
    expires_at: new Date(START + 7 * 86_400_000).toISOString(),
    shown: {
      platform: 'Amazon Ads',
      account: 'Acme Ltd',
      permissions: ['advertising::campaign_management'],
      note: null,
    },
    consent: {
      url: 'https://www.amazon.com/ap/oa?client_id=amzn1.client&response_type=code',
      code_param: 'code',
      pkce: 'S256',
      issuer: { kind: 'origin', value: 'https://www.amazon.com', required: false },
      keep: {},
      code_lifetime_s: 300,
    },
    status: { kind: 'open' },
    results: [],
  };
}
