import type { Context } from 'aws-lambda';
import { openEventBus } from '../aws/event-bus.ts';
import { openInvocation } from '../aws/invocation.ts';
import { parseRedeemEvent } from '../event.ts';
import { type Redeemed, redeemLink } from '../run/redeem-link.ts';
import { toPublicError } from './public-error.ts';

/**
 * Serves the connect page. Takes `{"connect": id}` and nothing else, and redeems the codes that
 * this link's consents brought. Ends at once where none waits. Throws for a bad event, an unknown
 * link, and a shard that could not be read or written.
 */
export async function redeem(event: unknown, context: Context): Promise<Redeemed> {
  try {
    const { name, ports, options } = openInvocation(context, process.env);
    const events = openEventBus(name);
    return await redeemLink({ ...ports, events }, parseRedeemEvent(event), options);
  } catch (error) {
    throw toPublicError(error);
  }
}
