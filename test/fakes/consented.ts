import { type ConnectLink, linkKey } from '../../lambda/connect/connect-link.ts';
import { type InboxEntry, inboxKey } from '../../lambda/connect/inbox-entry.ts';
import { newAttemptId, newLinkToken } from '../../lambda/connect/link-token.ts';
import { exampleLink } from './connect-scene.ts';
import type { Scene } from './scene.ts';

/** A connect link whose client has consented: its code waits in the inbox. */
export interface Consented {
  id: string;
  attempt: string;
  code: string;
  link(): ConnectLink;
  /** Changes what the page filed. */
  refile(change: Partial<InboxEntry>): void;
  /** Changes the link as the CLI would. */
  change(change: Partial<ConnectLink>): void;
  inboxKey: string;
}

/** Returns what the link of a tenant of any standard server says. */
export function linkOf(
  { clock }: Pick<Scene, 'clock'>,
  tenant: string,
  account = tenant,
): Partial<ConnectLink> {
  const now = clock.now();
  return {
    tenant,
    provider: 'oauth2',
    client_id: account,
    token_host: `${account}.example`,
    redirect_uri: 'https://connect.example/callback/oauth2',
    made_at: new Date(now).toISOString(),
    expires_at: new Date(now + 7 * 86_400_000).toISOString(),
  };
}

/** Lets the client of an account consent through a link, as the connect page would file it. */
export function consentByLink(
  scene: Pick<Scene, 'world' | 'server' | 'clock'>,
  tenant: string,
  {
    account = tenant,
    shard = 'default',
    ...more
  }: Partial<ConnectLink> & { account?: string } = {},
): Consented {
  const { world, server, clock } = scene;
  const token = newLinkToken();
  const attempt = newAttemptId();
  const code = server.consent(account);
  const now = new Date(clock.now()).toISOString();
  const store = (link: ConnectLink) =>
    world.records.set(linkKey(link.id), { text: JSON.stringify(link), etag: crypto.randomUUID() });
  const link = () => JSON.parse(world.records.get(linkKey(token.id))?.text ?? 'null');
  store({ ...exampleLink(token), ...linkOf(scene, tenant, account), shard, ...more });
  const key = inboxKey(shard, token.id, attempt);
  const entry: InboxEntry = {
    version: 1,
    link: token.id,
    attempt,
    received_at: now,
    code,
    code_verifier: 'the-verifier',
    issuer: null,
    keep: {},
  };
  const refile = (change: Partial<InboxEntry>) =>
    void world.objects.set(key, JSON.stringify({ ...entry, ...change }));
  refile({});
  return {
    id: token.id,
    attempt,
    code,
    link,
    refile,
    change: (change) => void store({ ...link(), ...change }),
    inboxKey: key,
  };
}
