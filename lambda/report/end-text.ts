import type { Ending } from '../outcome.ts';
import { providers } from '../providers/registry.ts';

type EndKind = Ending['kind'];

/** Says what ends, in words that follow the name of a tenant or an app. */
const NAMES: Readonly<Record<EndKind, string>> = {
  refresh_token: 'the refresh token ends',
  unused: 'the refresh token ends if nobody uses it',
  access_token: 'the access token ends, and nothing renews it',
  consent: "the client's consent ends",
  client_secret: 'the client secret ends',
};

/** Returns what ends, such as `the refresh token ends`. */
export function endText(kind: EndKind): string {
  return NAMES[kind];
}

/** Returns what somebody must do before an end, with a command that does it. */
export function endStep(
  { kind, sliding }: { kind: EndKind; sliding: boolean },
  { tenant, app, provider }: { tenant: string; app: string | null; provider: string | null },
): string {
  if (kind === 'client_secret') {
    return app === null
      ? `Make a new secret at the platform, and put it in: tokens set ${tenant} ${secretOf(provider)}`
      : `Make a new secret at the platform, and put it in: tokens app set-secret ${app}`;
  }
  if (sliding) {
    return `Rotate it before that day: tokens rotate ${tenant}`;
  }
  return `Ask the client to consent again before that day: tokens connect ${tenant}`;
}

/** Returns the field that a client shows, or signs with. */
function secretOf(provider: string | null): string {
  const { signed = {}, secret_fields = [] } = providers.get(provider ?? '') ?? {};
  const [recipe] = Object.values(signed);
  return recipe?.key ?? secret_fields[0] ?? 'client_secret';
}
