import { randomUUID } from 'node:crypto';
import {
  type Archive,
  type Clock,
  FEW_KEYS,
  type Records,
  type Secrets,
  type SecretVersion,
  type ShardStates,
  StoreError,
  type Tagged,
} from '../../lambda/ports.ts';

/** One touch of the outside world by a run, about to happen. */
export interface Effect {
  port:
    | 'vault'
    | 'access_tokens'
    | 'archive'
    | 'records'
    | 'states'
    | 'http'
    | 'events'
    | 'functions';
  op:
    | 'shards'
    | 'read'
    | 'put_version'
    | 'move_label'
    | 'put'
    | 'create'
    | 'get'
    | 'list'
    | 'write'
    | 'send';
  /** The shard, key or URL. */
  on: string;
}

/**
 * Stands between a process and the world: calls `perform` for the effect to happen and returns its
 * result. A gate that throws before or after it is a failed call or a lost answer; one that never
 * resolves is a process that died.
 */
export type Gate = <T>(effect: Effect, perform: () => T) => Promise<T>;

const open: Gate = async (_effect, perform) => perform();

interface StoredSecret {
  versions: Map<string, SecretVersion>;
  /** Staging label to version id. */
  labels: Map<string, string>;
  /** Versions that were current, in that order, the last being current now. */
  succession: string[];
}

/**
 * A secret store that behaves as AWS Secrets Manager documents it: staging labels, one version per
 * request token, size and version limits.
 */
class SecretsStore {
  readonly secrets = new Map<string, StoredSecret>();
  readonly clock: Pick<Clock, 'now'>;
  maxBytes = 65_536;
  /** Versions younger than 24 h that one secret may have. */
  maxVersionsADay = 100;
  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock;
  }

  /** Creates a secret without a value. */
  create(shard: string): void {
    if (!this.secrets.has(shard)) {
      this.secrets.set(shard, { versions: new Map(), labels: new Map(), succession: [] });
    }
  }

  /** What an operator does in a console: a new current version, no questions asked. */
  save(shard: string, text: string | undefined): void {
    this.create(shard);
    const stored = this.stored(shard);
    const versionId = randomUUID();
    stored.versions.set(versionId, { versionId, createdAt: this.nextCreatedAt(stored), text });
    this.moveCurrent(stored, versionId);
  }

  /** The operator's "roll back to AWSPREVIOUS". */
  rollBack(shard: string): void {
    const stored = this.stored(shard);
    const previous = stored.labels.get('AWSPREVIOUS');
    if (previous) {
      this.moveCurrent(stored, previous);
    }
  }

  current(shard: string): SecretVersion | null {
    return this.labelled(shard, 'AWSCURRENT');
  }

  lastSwapped(shard: string): SecretVersion | null {
    return this.labelled(shard, 'TOKENROTATOR');
  }

  private labelled(shard: string, label: string): SecretVersion | null {
    const stored = this.stored(shard);
    const id = stored.labels.get(label);
    return (id && stored.versions.get(id)) || null;
  }

  text(shard: string): string {
    return this.current(shard)?.text ?? '';
  }

  /** The number of versions ever made. */
  versionCount(shard: string): number {
    return this.stored(shard).versions.size;
  }

  stored(shard: string): StoredSecret {
    const stored = this.secrets.get(shard);
    if (!stored) {
      throw new StoreError('not_found', `there is no secret for shard ${shard}`);
    }
    return stored;
  }

  putVersion(shard: string, text: string, requestToken: string): string {
    const stored = this.stored(shard);
    if (Buffer.byteLength(text) > this.maxBytes) {
      throw new StoreError('too_large', 'the text is over the limit of a secret');
    }
    const same = stored.versions.get(requestToken);
    if (same && same.text !== text) {
      throw new StoreError('invalid', 'that request token was used for another text');
    }
    const dayAgo = this.clock.now() - 86_400_000;
    const young = [...stored.versions.values()].filter(
      (version) => version.createdAt > dayAgo,
    ).length;
    if (!same && young >= this.maxVersionsADay) {
      throw new StoreError('limit', 'the secret has too many versions');
    }
    stored.versions.set(
      requestToken,
      same ?? { versionId: requestToken, createdAt: this.nextCreatedAt(stored), text },
    );
    stored.labels.set('TOKENROTATOR', requestToken);
    if (!stored.labels.has('AWSCURRENT')) {
      this.moveCurrent(stored, requestToken);
    }
    return requestToken;
  }

  moveIfCurrent(shard: string, from: string | null, to: string): 'swapped' | 'refused' {
    const stored = this.stored(shard);
    const now = stored.labels.get('AWSCURRENT') ?? null;
    if (now === to) {
      return 'swapped';
    }
    if (now !== from) {
      return 'refused';
    }
    this.moveCurrent(stored, to);
    return 'swapped';
  }

  /** No two versions of a secret are created at once. */
  private nextCreatedAt(stored: StoredSecret): number {
    let next = this.clock.now();
    for (const { createdAt } of stored.versions.values()) {
      next = Math.max(next, createdAt + 1);
    }
    return next;
  }

  private moveCurrent(stored: StoredSecret, to: string): void {
    const now = stored.labels.get('AWSCURRENT');
    if (now) {
      stored.labels.set('AWSPREVIOUS', now);
    }
    stored.labels.set('AWSCURRENT', to);
    stored.succession.push(to);
  }
}

/** Everything a run can leave behind, in memory. */
export interface MemoryWorld {
  vault: SecretsStore;
  accessTokens: SecretsStore;
  objects: Map<string, string>;
  records: Map<string, Tagged>;
  states: Map<string, Tagged>;
}

export function createMemoryWorld(
  clock: Pick<Clock, 'now'>,
  shards: readonly string[] = ['default'],
): MemoryWorld {
  const world: MemoryWorld = {
    vault: new SecretsStore(clock),
    accessTokens: new SecretsStore(clock),
    objects: new Map(),
    records: new Map(),
    states: new Map(),
  };
  for (const shard of shards) {
    world.vault.create(shard);
    world.accessTokens.create(shard);
  }
  return world;
}

/** The stores of one process over a world, every effect passing its gate. */
export function memoryPorts(
  world: MemoryWorld,
  gate: Gate = open,
): {
  vault: Secrets;
  accessTokens: Secrets;
  archive: Archive & Required<Pick<Archive, 'remove'>>;
  records: Records;
  states: ShardStates;
} {
  return {
    vault: secretsPort('vault', world.vault, gate),
    accessTokens: secretsPort('access_tokens', world.accessTokens, gate),
    archive: archivePort(world.objects, gate),
    records: recordsPort(world.records, gate),
    states: statesPort(world.states, gate),
  };
}

function secretsPort(port: 'vault' | 'access_tokens', store: SecretsStore, gate: Gate): Secrets {
  return {
    get maxBytes() {
      return store.maxBytes;
    },
    label: (shard) => `memory ${port} ${shard}`,
    shards: () => gate({ port, op: 'shards', on: '' }, () => [...store.secrets.keys()].sort()),
    read: (shard) => gate({ port, op: 'read', on: shard }, () => store.current(shard)),
    lastSwapped: (shard) => gate({ port, op: 'read', on: shard }, () => store.lastSwapped(shard)),
    findKept: (shard, age, isWanted) =>
      gate({ port, op: 'read', on: shard }, () => {
        const rising = [...store.stored(shard).versions.values()];
        const kept = age === 'oldest' ? rising : rising.toReversed();
        return kept.find(({ text }) => isWanted(text)) ?? null;
      }),
    async swap(shard, read, text, requestToken) {
      const id = await gate({ port, op: 'put_version', on: shard }, () =>
        store.putVersion(shard, text, requestToken),
      );
      return gate({ port, op: 'move_label', on: shard }, () =>
        store.moveIfCurrent(shard, read, id),
      );
    },
  };
}

function archivePort(
  objects: Map<string, string>,
  gate: Gate,
): Archive & Required<Pick<Archive, 'remove'>> {
  const port = 'archive';
  return {
    async put(key, value) {
      await gate({ port, op: 'put', on: key }, () => objects.set(key, JSON.stringify(value)));
    },
    create: (key, value) =>
      gate({ port, op: 'create', on: key }, () => {
        if (objects.has(key)) {
          return 'exists';
        }
        objects.set(key, JSON.stringify(value));
        return 'created';
      }),
    get: (key) => gate({ port, op: 'get', on: key }, () => parseObject(objects.get(key))),
    list: (prefix, startAfter = '') =>
      gate({ port, op: 'list', on: prefix }, () =>
        [...objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort(),
      ),
    async remove(keys) {
      for (const key of keys) {
        await gate({ port, op: 'write', on: key }, () => objects.delete(key));
      }
    },
  };
}

function parseObject(text: string | undefined): unknown {
  if (text === undefined) {
    return null;
  }
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null) {
    return value;
  }
  throw new StoreError('damaged', 'an object holds no JSON object');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statesPort(states: Map<string, Tagged>, gate: Gate): ShardStates {
  const port = 'states';
  return {
    shards: () => gate({ port, op: 'list', on: '' }, () => [...states.keys()].sort()),
    read: (shard) => gate({ port, op: 'read', on: shard }, () => states.get(shard) ?? null),
    write: (shard, text, etag) =>
      gate({ port, op: 'write', on: shard }, () => writeTagged(states, shard, text, etag)),
    holder: (runId) => runId,
    isGone: async () => false,
  };
}

function recordsPort(records: Map<string, Tagged>, gate: Gate): Records {
  const port = 'records';
  const keysOf = (prefix: string) =>
    [...records.keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    read: (key) => gate({ port, op: 'read', on: key }, () => records.get(key) ?? null),
    write: (key, text, etag) =>
      gate({ port, op: 'write', on: key }, () => writeTagged(records, key, text, etag)),
    list: (prefix) => gate({ port, op: 'list', on: prefix }, () => keysOf(prefix)),
    listFew: (prefix) =>
      gate({ port, op: 'list', on: prefix }, () =>
        records.size > FEW_KEYS ? null : keysOf(prefix),
      ),
  };
}

function writeTagged(
  texts: Map<string, Tagged>,
  key: string,
  text: string,
  etag: string | null,
): { etag: string } | 'refused' {
  if ((texts.get(key)?.etag ?? null) !== etag) {
    return 'refused';
  }
  const written = { text, etag: randomUUID() };
  texts.set(key, written);
  return { etag: written.etag };
}
