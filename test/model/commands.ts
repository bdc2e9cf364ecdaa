import { clearTenant, removeTenant } from '../../bin/corrections/remove-tenant.ts';
import { renameTenant } from '../../bin/corrections/rename-tenant.ts';
import { restoreTenant } from '../../bin/corrections/restore-tenant.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { freshName, throwAway } from './operator.ts';
import { isTold, openProcess, portsOf } from './processes.ts';
import { pick, type Random } from './random.ts';
import { nameOf } from './servers.ts';
import { type Map_, note, readMap, SHARDS, type Shard, type World } from './world.ts';

/** A command of the command line, about one tenant. */
interface Command {
  verb: keyof typeof VERBS;
  tenant: string;
  shard: Shard;
}

/** Each is given the new name of a tenant, which a rename alone has a use for. */
const VERBS = {
  restore: (ports, tenant) => restoreTenant(ports, tenant, null, async () => false),
  clear: (ports, tenant) => clearTenant(ports, tenant),
  rename: (ports, tenant, to) => renameTenant(ports, tenant, to),
  remove: (ports, tenant) => removeTenant(ports, tenant),
} satisfies Record<string, (ports: RunPorts, tenant: string, to: string) => Promise<unknown>>;

const CHOICES = ['restore', 'restore', 'restore', 'clear', 'rename', 'remove'] as const;

/** Chooses a command, mostly about a tenant that is there. Of one that is gone, it is a restore. */
export function chooseCommand(world: World, random: Random): Command | undefined {
  const shard = pick(random, SHARDS) ?? 'x';
  const present = Object.keys(readMap(world, shard).tenants);
  const gone = [...world.lastWanted[shard].keys()].filter((name) => !present.includes(name));
  const verb = pick(random, CHOICES) ?? 'restore';
  const from = verb === 'restore' && random() < 0.4 && gone.length > 0 ? gone : present;
  const tenant = pick(random, from);
  const isLast = present.length === 1 && verb === 'remove';
  return tenant === undefined || isLast ? undefined : { verb, tenant, shard };
}

/** Runs a command. Resolves when it ends. */
export async function startCommand(
  world: World,
  { verb, tenant, shard }: Command,
  random: Random,
): Promise<void> {
  const process = openProcess(world, shard);
  const to = freshName(world);
  process.onSwap = (on, before, after) => {
    const renamed = world.wanted[on].get(tenant) ?? null;
    throwAway(world, on, before, after.tenants);
    for (const name of Object.keys(after.tenants)) {
      if (!(name in before.tenants)) {
        world.wanted[on].set(name, name === to ? renamed : null);
      }
    }
    if (verb === 'restore') {
      wantRestored(world, on, tenant, after);
    }
  };
  note(world, `OPERATOR of ${shard} types ${verb} ${tenant}, in ${process.id}`);
  const ended = await VERBS[verb](portsOf(world, process, random), tenant, to).then(
    (result) => JSON.stringify(result),
    (error: unknown) => {
      if (!isTold(error)) {
        throw error;
      }
      return error.message;
    },
  );
  note(world, `command ${process.id} ends: ${ended}`);
  process.isDead = true;
}

/**
 * Nobody can say which consent is wanted after a restore has replaced one that a run may be taking
 * in just then.
 */
function wantRestored({ wanted, servers }: World, shard: Shard, tenant: string, after: Map_): void {
  const token = nameOf(after.tenants[tenant]?.refresh_token);
  if (token !== null && servers.grantOf(token)?.id !== wanted[shard].get(tenant)) {
    wanted[shard].set(tenant, null);
  }
}
