import type { ResponseDefinition } from '../providers/provider.ts';

type ExpiryRules = Pick<ResponseDefinition, 'expires' | 'default_expires_in_s'>;

/**
 * When a token ends that was asked for at `sentAt` (ISO-8601): from that instant on, never from the
 * reply's own `created_at`, which may be an old token's. Takes numbers and numeric texts, since
 * servers send both; a lifetime that is missing, 0 or senseless is the definition's default.
 */
export function expiresAt(sentAt: string, told: unknown, rules: ExpiryRules): string {
  const sentAtMs = Date.parse(sentAt);
  const instant = instantOf(sentAtMs, told, rules.expires.kind);
  const sensible = instant > sentAtMs && !Number.isNaN(new Date(instant).getTime());
  return new Date(sensible ? instant : sentAtMs + rules.default_expires_in_s * 1000).toISOString();
}

function instantOf(sentAtMs: number, told: unknown, kind: ExpiryRules['expires']['kind']): number {
  switch (kind) {
    case 'seconds':
      return sentAtMs + toNumber(told) * 1000;
    case 'milliseconds':
      return sentAtMs + toNumber(told);
    case 'epoch_seconds':
      return toNumber(told) * 1000;
    case 'iso':
      return typeof told === 'string' ? Date.parse(told) : Number.NaN;
  }
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}
