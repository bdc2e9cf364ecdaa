import { StoreError } from '../../lambda/ports.ts';
import type { Statement } from '../lib/synthesize.ts';
import type { Effect, Gate } from './memory-ports.ts';

/** What a call needs: an action, and the resource that it acts on. */
interface Need {
  action: string;
  resource: string;
}

const ARCHIVE = '<Archive.Arn>';
const SECRETS =
  'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:token-rotator';
const BUS = 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default';
const FOLDERS = { vault: 'tenants', access_tokens: 'access-tokens' } as const;

/**
 * Lets an effect happen where a role's statements allow it, and refuses it by the name of the action
 * otherwise, as IAM does. Conditions are not looked at.
 */
export function roleGate(statements: readonly Statement[]): Gate {
  return async (effect, perform) => {
    for (const need of needsOf(effect)) {
      const isAllowed = statements.some((statement) => allows(statement, need));
      if (!isAllowed) {
        throw new StoreError('denied', `not allowed to do ${need.action}`);
      }
    }
    return perform();
  };
}

function allows({ actions, resources }: Statement, { action, resource }: Need): boolean {
  return actions.includes(action) && resources.some((pattern) => matches(pattern, resource));
}

function matches(pattern: string, resource: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(resource);
}

function needsOf({ port, op, on }: Effect): Need[] {
  switch (port) {
    case 'vault':
    case 'access_tokens':
      return secretNeeds(
        op,
        `${SECRETS}/${FOLDERS[port]}${on === 'default' ? '' : `/${on}`}-abcdef`,
      );
    case 'archive':
    case 'records':
      return objectNeeds(op, on);
    case 'states':
      return objectNeeds(op, `state/${on}.json`);
    case 'http':
      return [];
    case 'events':
      return [{ action: 'events:PutEvents', resource: BUS }];
    case 'functions':
      return [{ action: 'lambda:InvokeFunction', resource: '<Redeem.Arn>' }];
  }
}

function secretNeeds(op: Effect['op'], resource: string): Need[] {
  switch (op) {
    case 'shards':
      return [{ action: 'secretsmanager:ListSecrets', resource: '*' }];
    case 'put_version':
      return [{ action: 'secretsmanager:PutSecretValue', resource }, key('GenerateDataKey')];
    case 'move_label':
      return [{ action: 'secretsmanager:UpdateSecretVersionStage', resource }];
    default:
      return [{ action: 'secretsmanager:GetSecretValue', resource }, key('Decrypt')];
  }
}

function objectNeeds(op: Effect['op'], name: string): Need[] {
  if (op === 'list') {
    return [{ action: 's3:ListBucket', resource: ARCHIVE }];
  }
  const resource = `${ARCHIVE}/${name}`;
  const isRead = op === 'get' || op === 'read';
  return isRead
    ? [{ action: 's3:GetObject', resource }, key('Decrypt')]
    : [{ action: 's3:PutObject', resource }, key('GenerateDataKey')];
}

function key(use: 'Decrypt' | 'GenerateDataKey'): Need {
  return { action: `kms:${use}`, resource: '<Key.Arn>' };
}
