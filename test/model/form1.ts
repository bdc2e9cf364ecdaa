import { fingerprint } from '../../lambda/fingerprint.ts';
import {
  type ArchivedExchange,
  exchangeKey,
  turnFolder,
} from '../../lambda/history/archived-exchange.ts';
import { foundShards, want } from './operator.ts';
import { pick, type Random } from './random.ts';
import {
  type Entry,
  type Map_,
  note,
  noteEffect,
  readMap,
  SHARDS,
  type Shard,
  type World,
} from './world.ts';

const TOKEN_URL = 'https://platform.example/token';
const HALF_HOUR_MS = 1_800_000;
/** Version 0.1 kept 400 credentials of a tenant. What was older it had forgotten, too. */
const MOST_TURNS = 390;

/** What version 0.1 remembered of a tenant. */
interface OldTenant {
  history: string[];
  history_turn: number;
  history_at: string;
  adopted: boolean;
  credential_key: string;
  codes_sent: string[];
  archive_key: string | null;
  token_for: string | null;
  rotated_at: string | null;
}

/** A shard as version 0.1 ran it. `map` is what its vault holds. */
interface OldShard {
  world: World;
  shard: Shard;
  turn: number;
  tenants: Map<string, OldTenant>;
  map: Map_;
}

/** One answer that version 0.1 archived. */
interface OldAnswer {
  name: string;
  key: string;
  at: string;
  spent: string;
  issued: string | null;
}

/**
 * Puts into both shards what runs of version 0.1 left behind. The last run may have died after it
 * had archived its answers, before its commit or after it.
 */
export async function foundForm1(world: World, random: Random): Promise<void> {
  foundShards(world, random);
  const shards = SHARDS.map((shard) => openShard(world, shard));
  await world.clock.sleep(1_000);
  const turns = pick(random, [1, 2, 2, 8, 8, 8, 30, 30, 60, MOST_TURNS]) ?? 1;
  for (let turn = 1; turn <= turns; turn++) {
    for (const old of shards) {
      runOnce(old, { isSaved: turn % 7 === 1 || turn === turns });
    }
    await world.clock.sleep(HALF_HOUR_MS);
  }
  for (const old of shards) {
    if (random() < 0.5) {
      dieInRun(old, random);
    } else {
      writeState(old, null);
    }
  }
}

function openShard(world: World, shard: Shard): OldShard {
  const map = readMap(world, shard);
  const old: OldShard = { world, shard, turn: 1, tenants: new Map(), map };
  for (const [name, entry] of Object.entries(map.tenants)) {
    old.tenants.set(name, adopt(old, name, String(entry.refresh_token)));
  }
  return { ...old, turn: 0 };
}

function adopt(old: OldShard, name: string, credential: string): OldTenant {
  const at = instantOf(old.world);
  const key = archive(old, name, {
    attempt: 0,
    grant_type: 'adopted',
    spent: null,
    body: JSON.stringify({ refresh_token: credential }),
  });
  return {
    history: [fingerprint(credential)],
    history_turn: 1,
    history_at: at,
    adopted: true,
    credential_key: key,
    codes_sent: [],
    archive_key: null,
    token_for: null,
    rotated_at: null,
  };
}

/** Asks for every tenant, and commits what came of it. Not every version of the map is kept. */
function runOnce(old: OldShard, { isSaved }: { isSaved: boolean }): void {
  old.turn += 1;
  const answers = [...old.tenants.keys()].map((name) => ask(old, name));
  for (const answer of answers) {
    learn(old, answer);
  }
  commit(old, answers);
  if (isSaved) {
    save(old);
  }
}

/** A run that archives some answers. The map may have them, and the state does not. */
function dieInRun(old: OldShard, random: Random): void {
  old.turn += 1;
  const names = [...old.tenants.keys()].filter(() => random() < 0.7);
  const [first] = names;
  if (first !== undefined && random() < 0.4) {
    pasteCode(old, first, random);
  }
  const answers = names.map((name) => ask(old, name));
  note(old.world, `run of version 0.1 of ${old.shard} dies with ${names.join(', ')}`);
  writeState(old, 'run-of-0.1');
  if (random() < 0.7) {
    return;
  }
  commit(old, answers);
  save(old);
}

/** A code was marked in the state before it was sent. */
function pasteCode({ world, shard, tenants, map }: OldShard, name: string, random: Random): void {
  const code = world.servers.consentByCode(random);
  map.tenants[name] = { ...map.tenants[name], authorization_code: code, redirect_uri: 'https://a' };
  tenants.get(name)?.codes_sent.push(fingerprint(code));
  world.marked.add(code);
  want(world, shard, name, code);
  world.memory.vault.save(shard, JSON.stringify(map));
}

function ask(old: OldShard, name: string): OldAnswer {
  const { refresh_token, authorization_code: code } = old.map.tenants[name] ?? {};
  const spent = String(code ?? refresh_token);
  const params = code === undefined ? { refresh_token: spent } : { code: spent };
  const body = new URLSearchParams(params).toString();
  const { answer } = old.world.servers.handle({
    method: 'POST',
    url: TOKEN_URL,
    headers: {},
    body,
  });
  const reply = Buffer.from(answer.body).toString('utf8');
  const key = archive(old, name, {
    attempt: 1,
    grant_type: code === undefined ? 'refresh_token' : 'authorization_code',
    spent: fingerprint(spent),
    body: reply,
  });
  const { refresh_token: issued = null } = JSON.parse(reply) as { refresh_token?: string };
  return { name, key, at: instantOf(old.world), spent, issued };
}

function learn({ tenants, turn }: OldShard, { name, key, at, spent, issued }: OldAnswer): void {
  const tenant = tenants.get(name);
  if (!tenant) {
    return;
  }
  const current = fingerprint(issued ?? spent);
  Object.assign(tenant, { archive_key: key, token_for: current, rotated_at: at });
  if (current === tenant.history.at(-1)) {
    return;
  }
  const history = [...tenant.history.filter((print) => print !== current), current];
  const since = { history_turn: turn, history_at: at, credential_key: key };
  Object.assign(tenant, { history, adopted: false, ...since });
}

function commit({ map }: OldShard, answers: readonly OldAnswer[]): void {
  for (const { name, issued } of answers) {
    if (issued === null) {
      continue;
    }
    const { authorization_code: _, ...entry }: Entry = map.tenants[name] ?? {};
    map.tenants[name] = { ...entry, refresh_token: issued };
  }
}

function save({ world, shard, map }: OldShard): void {
  world.memory.vault.save(shard, JSON.stringify(map, null, 1));
}

type Said = Pick<ArchivedExchange, 'attempt' | 'grant_type' | 'spent' | 'body'>;

/** Archives an entry, which names no family, and returns its key. */
function archive(old: OldShard, tenant: string, said: Said): string {
  const { world, shard, turn } = old;
  const at = instantOf(world);
  const key = exchangeKey(shard, turnFolder(turn, world.clock.now()), tenant, said.attempt);
  const isAdopted = said.grant_type === 'adopted';
  const exchange: ArchivedExchange = {
    version: 1,
    tenant,
    shard,
    provider: 'oauth2',
    app: null,
    run_id: 'run-of-0.1',
    turn,
    method: isAdopted ? null : 'POST',
    url: isAdopted ? null : TOKEN_URL,
    sent_at: at,
    received_at: at,
    status: isAdopted ? null : 200,
    headers: isAdopted ? {} : { 'content-type': 'application/json' },
    body_encoding: 'utf8',
    failure: null,
    vault_version_created_at: isAdopted ? at : null,
    ...said,
  };
  world.memory.objects.set(key, JSON.stringify(exchange));
  noteEffect(world, { port: 'archive', op: 'put', on: key });
  return key;
}

function writeState(old: OldShard, holder: string | null): void {
  const { world, shard, turn, tenants } = old;
  const at = instantOf(world);
  const text = JSON.stringify({
    version: 1,
    nonce: `form1-${shard}`,
    lease: holder === null ? null : { holder, expires_at: at },
    turn,
    replayed_turn: holder === null ? turn : turn - 1,
    known_keys: [],
    newest_version_created_at: at,
    last_success_at: at,
    refusals_at: [],
    failure: null,
    tenants: Object.fromEntries(
      [...tenants].map(([name, tenant]) => [
        name,
        { ...tenant, status: 'rotated', expires_at: null, error: null, moved_to: null },
      ]),
    ),
  });
  const state = { text, etag: `form1-${shard}` };
  world.memory.states.set(shard, state);
  world.stateVersions[shard].push({ ...state, at: world.clock.now() });
}

function instantOf({ clock }: World): string {
  return new Date(clock.now()).toISOString();
}
