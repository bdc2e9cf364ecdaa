import type { Knowledge } from '../history/families.ts';
import type { TenantState } from '../history/shard-state.ts';
import type { Published } from '../keep/published.ts';
import type { VaultMap } from '../map/vault-map.ts';

/** Describes what a choice is made from. */
export interface ShardView {
  shard: string;
  map: VaultMap;
  knowledge: Knowledge;
  tenants: ReadonlyMap<string, TenantState>;
  published: Published;
  now: number;
  /** Tenants whose credential this run put back. */
  recovered: ReadonlySet<string>;
  /** Tenants whose credential belongs to another shard. */
  foreign: ReadonlySet<string>;
  /** Of some of them, the key of the damaged object of the archive that could have told. */
  untold: ReadonlyMap<string, string>;
  /** Tenants whose new value has no room in a secret. The archive keeps it. */
  tooLarge: ReadonlySet<string>;
  /** Tenants of other shards that have the same name. */
  namesElsewhere: ReadonlyMap<string, string>;
  /** Tenants that were never connected and have an open connect link, with the instant it ends. */
  invited: ReadonlyMap<string, string>;
  /** Says whether what nothing knows yet would be adopted, as a dry run says. */
  adoptsLater: boolean;
}

/** What a view tells of a shard without its lease, as far as nobody has looked. */
export const withoutLease: Pick<
  ShardView,
  'recovered' | 'foreign' | 'untold' | 'tooLarge' | 'namesElsewhere' | 'invited' | 'adoptsLater'
> = {
  recovered: new Set(),
  foreign: new Set(),
  untold: new Map(),
  tooLarge: new Set(),
  namesElsewhere: new Map(),
  invited: new Map(),
  adoptsLater: true,
};
