import { choose, type Operation, type TenantOperation } from './random-happening.ts';
import type { RandomJudge } from './random-judge.ts';
import type { Simulation } from './simulation.ts';

type TenantMap = ReturnType<Simulation['map']>;

/** The tenant that an operation is about, as it is in the map before. */
interface Target {
  name: string;
  entry: Record<string, unknown>;
  account: string;
}

/** An operator who edits the map of a random world, and tells the judge what he throws away. */
export function createRandomOperator(sim: Simulation, judge: RandomJudge) {
  const { server, world } = sim;
  /** The maps that he replaced. */
  const generations: string[] = [];
  let notes = 0;

  function save(text: string): void {
    if (world.vault.current('default')) {
      generations.push(world.vault.text('default'));
    }
    world.vault.save('default', text);
  }

  function edit(change: (tenants: TenantMap['tenants']) => void): void {
    const map = sim.map();
    change(map.tenants);
    save(JSON.stringify(map, null, 2));
  }

  const assign = (name: string, fields: object) =>
    edit((tenants) => Object.assign(tenants[name] ?? {}, fields));

  function operateOnTenant(what: TenantOperation['what'], target: Target): void {
    const { name, entry, account } = target;
    switch (what) {
      case 'note':
        assign(name, { note: `n${++notes}` });
        break;
      case 'toggle':
        assign(name, { enabled: entry.enabled === false });
        break;
      case 'paste':
        paste(account);
        break;
      case 'consent':
        consent(name, account);
        break;
      case 'remove':
        replace(() => edit((tenants) => delete tenants[name]));
        break;
      case 'rename':
        rename(name, entry);
        break;
    }
  }

  /**
   * A new consent elsewhere ends every token of before. All tenants of the account get the new one.
   */
  function paste(account: string): void {
    const refresh_token = server.reissue(account);
    edit((tenants) => {
      for (const entry of Object.values(tenants)) {
        if (entry.client_id === account) {
          Object.assign(entry, { refresh_token });
        }
      }
    });
  }

  /** A code lives for one answer. Whatever keeps that away costs a new consent, not a token. */
  function consent(name: string, account: string): void {
    const authorization_code = server.consent(account);
    assign(name, { authorization_code, redirect_uri: 'https://x.example/cb' });
    judge.excuse(account, 'a code was pasted');
  }

  function rename(name: string, entry: Record<string, unknown>): void {
    edit((tenants) => {
      delete tenants[name];
      tenants[`${name}x`.slice(-40)] = entry;
    });
    judge.noteUnled();
  }

  /** Adds an entry of an older map, under its own name or as a copy. */
  function addAgain(from: TenantMap, index: number, nameOf: (name: string) => string): void {
    const [name, entry] = choose(Object.entries(from.tenants), index) ?? [];
    if (name === undefined || !entry) {
      return;
    }
    const to = nameOf(name);
    replace(() =>
      edit((tenants) => {
        tenants[to] = entry;
      }),
    );
  }

  function replace(change: () => void): void {
    const before = sim.map();
    change();
    judge.noteReplaced(before, sim.map());
    judge.noteUnled();
  }

  function targetAt(index: number): Target | null {
    const [name, entry] = choose(Object.entries(sim.map().tenants), index) ?? [];
    const account = judge.accountOf(entry?.refresh_token);
    const isThere = name !== undefined && entry !== undefined && account !== undefined;
    return isThere ? { name, entry, account } : null;
  }

  function generationAt(index: number): string {
    return choose(generations, index) ?? world.vault.text('default');
  }

  function operate(operation: Operation): void {
    switch (operation.what) {
      case 'readd':
        addAgain(JSON.parse(generationAt(operation.generation)), operation.tenant, same);
        break;
      case 'copy_with_old_token':
        addAgain(JSON.parse(generationAt(operation.generation)), operation.tenant, copyOf);
        break;
      case 'save_old_map':
        replace(() => save(generationAt(operation.generation)));
        break;
      case 'roll_back':
        replace(() => world.vault.rollBack('default'));
        break;
      default: {
        const target = targetAt(operation.tenant);
        if (target) {
          operateOnTenant(operation.what, target);
        }
      }
    }
  }

  return {
    save,
    /** Does one thing to the map, and checks before that the runs kept what he did last. */
    operate(operation: Operation): void {
      judge.checkForeignPart();
      operate(operation);
      judge.noteForeignPart();
    },
  };
}

const same = (name: string) => name;
const copyOf = (name: string) => `${name}copy`.slice(-40);
