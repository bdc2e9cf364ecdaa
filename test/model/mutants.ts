import type { RunPorts } from '../../lambda/ports.ts';
import type { Process, World } from './world.ts';

/** A rule of the protocol taken out, by what the run is given. */
export interface Mutant {
  name: string;
  /** What a run without the rule does. */
  what: string;
  alter(ports: RunPorts, where: { world: World; process: Process }): RunPorts;
}

type Json = Record<string, unknown>;

/** The first credential's age is not known: a copy of later than a consent counts as older. */
const noBorn: Mutant = {
  name: 'no-born',
  what: 'does not remember when it first saw a credential',
  alter: (ports) => rewritten(ports, withoutBorn),
};

function withoutBorn(value: Json): Json {
  if (typeof value.succession === 'object' && value.succession !== null) {
    return { ...value, succession: { ...value.succession, born: null } };
  }
  if (!Array.isArray(value.families)) {
    return value;
  }
  const families = (value.families as Json[]).map((family) => ({
    ...family,
    members: Object.fromEntries(Object.keys(family.members as Json).map((print) => [print, null])),
  }));
  return { ...value, families };
}

/** Nothing is indexed: what a state has forgotten is new. */
const noKnownIndex: Mutant = {
  name: 'no-known-index',
  what: 'keeps no index of what it has seen',
  alter: (ports) => ({
    ...ports,
    records: {
      ...ports.records,
      read: async (key) => (key.startsWith('known/') ? null : ports.records.read(key)),
      write: async (key, text, etag) =>
        key.startsWith('known/') ? { etag: key } : ports.records.write(key, text, etag),
    },
  }),
};

/** A turn is taken by whoever believes to hold the lease, and nobody sees its marker. */
const noMarker: Mutant = {
  name: 'no-marker',
  what: 'looks for nobody who has taken its turn',
  alter: (ports) => ({
    ...ports,
    archive: {
      ...ports.archive,
      create: async (key, value) => {
        await ports.archive.put(key, value);
        return 'created';
      },
      list: async (prefix, startAfter) =>
        (await ports.archive.list(prefix, startAfter)).filter(
          (key) => !/\/\d{8,}\.json$/.test(key),
        ),
    },
  }),
};

/** A lease that was not given back is free at once. */
const noWatch: Mutant = {
  name: 'no-watch',
  what: 'takes a lease at once that was not given back',
  alter: (ports) => ({ ...ports, states: { ...ports.states, isGone: async () => true } }),
};

const GIVES_UP_AFTER_MS = 15_000;

/** A run that holds the only copy of an answer ends soon after the archive refused it. */
const noKeepOffering: Mutant = {
  name: 'no-keep-offering',
  what: 'gives up soon where the archive refuses the only copy of an answer',
  alter: (ports, { world, process }) => ({
    ...ports,
    archive: {
      ...ports.archive,
      async put(key, value) {
        try {
          await ports.archive.put(key, value);
        } catch (error) {
          if (/-[1-9]\d*\.json$/.test(key)) {
            void endSoon(world, process);
          }
          throw error;
        }
      },
    },
  }),
};

async function endSoon({ clock }: World, process: Process): Promise<void> {
  await clock.sleep(GIVES_UP_AFTER_MS);
  process.isDead = true;
}

/** Nothing is filed again before the archive lets it expire. */
const noRefile: Mutant = {
  name: 'no-refile',
  what: 'files nothing again before the archive lets it expire',
  alter: (ports, { world }) => ({
    ...ports,
    archive: {
      ...ports.archive,
      async put(key, value) {
        if (!isFiledAlready(world, value as Json)) {
          await ports.archive.put(key, value);
        }
      },
    },
  }),
};

function isFiledAlready({ memory }: World, value: Json): boolean {
  if (value.grant_type !== 'adopted') {
    return false;
  }
  const { joined } = value.succession as { joined: string };
  const same = [`"tenant":"${value.tenant}"`, `"joined":"${joined}"`, JSON.stringify(value.body)];
  return [...memory.objects.values()].some((text) => same.every((part) => text.includes(part)));
}

/** Nothing is looked for that is older than the last complete run. */
const noDeepLook: Mutant = {
  name: 'no-deep-look',
  what: 'never looks for what is older than the last complete run',
  alter: (ports) => {
    let first: string | undefined;
    const list: RunPorts['archive']['list'] = (prefix, startAfter = '') => {
      first ??= startAfter;
      return ports.archive.list(prefix, startAfter > first ? startAfter : first);
    };
    return { ...ports, archive: { ...ports.archive, list } };
  },
};

/** No family is ever in doubt. */
const noDoubt: Mutant = {
  name: 'no-doubt',
  what: 'never doubts which credential is the current one',
  alter: (ports) => rewritten(ports, withoutDoubt),
};

function withoutDoubt(value: Json): Json {
  if (typeof value.succession === 'object' && value.succession !== null) {
    return { ...value, succession: { ...value.succession, in_doubt: [] } };
  }
  if ('doubt' in value) {
    return { ...value, doubt: false };
  }
  if (!Array.isArray(value.families)) {
    return value;
  }
  return { ...value, families: (value.families as Json[]).map((one) => ({ ...one, doubted: '' })) };
}

/** Every family belongs to whoever asks. */
const noClaim: Mutant = {
  name: 'no-claim',
  what: 'takes every family for its own',
  alter: (ports) =>
    rewritten(ports, (value) => ('owner' in value ? { ...value, owner: null } : value)),
};

/** Nobody but the shard's own state knows what version 0.1 knew. */
const noTakeOver: Mutant = {
  name: 'no-take-over',
  what: 'forgets what version 0.1 knew, and does not put it into the index',
  alter: (ports) => ({
    ...ports,
    records: {
      ...ports.records,
      write: async (key, text, etag) =>
        (JSON.parse(text) as Json).stamp === ''
          ? { etag: key }
          : ports.records.write(key, text, etag),
    },
  }),
};

/** Rewrites what is read: state, archive and index. */
function rewritten(ports: RunPorts, rewrite: (value: Json) => Json): RunPorts {
  const rewriteText = (text: string) => JSON.stringify(rewrite(JSON.parse(text) as Json));
  return {
    ...ports,
    archive: {
      ...ports.archive,
      async get(key) {
        const value = await ports.archive.get(key);
        return value === null ? null : rewrite(value as Json);
      },
    },
    records: {
      ...ports.records,
      async read(key) {
        const stored = await ports.records.read(key);
        return stored && { ...stored, text: rewriteText(stored.text) };
      },
    },
    states: {
      ...ports.states,
      async read(shard) {
        const stored = await ports.states.read(shard);
        return stored && { ...stored, text: rewriteText(stored.text) };
      },
    },
  };
}

export const mutants: readonly Mutant[] = [
  noBorn,
  noKnownIndex,
  noMarker,
  noWatch,
  noKeepOffering,
  noRefile,
  noDeepLook,
  noDoubt,
  noClaim,
  noTakeOver,
];
