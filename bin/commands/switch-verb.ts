import { setEnabled } from '../corrections/pause-tenant.ts';
import { type Define, defineVerb } from '../verb.ts';

interface Switched {
  tenants: { tenant: string; result: 'changed' | 'unchanged' }[];
}

/** A verb that pauses tenants, or lets them go on, in its own words. */
interface Switch {
  enabled: boolean;
  examples: string;
  done(tenant: string): string;
  already(tenant: string): string;
}

/** Makes a verb that pauses tenants, or lets them go on. */
export function switchVerb({ enabled, examples, done, already }: Switch): Define {
  return defineVerb<[string[]], Switched>({
    usage: (command) => command.argument('<tenants...>', 'which').addHelpText('after', examples),
    async run({ openHome }, names) {
      const { ports } = await openHome();
      const tenants: Switched['tenants'] = [];
      for (const tenant of names) {
        tenants.push({ tenant, result: await setEnabled(ports, tenant, enabled) });
      }
      return { tenants };
    },
    print({ print }, { tenants }) {
      for (const { tenant, result } of tenants) {
        print(result === 'changed' ? done(tenant) : already(tenant));
      }
    },
  });
}
