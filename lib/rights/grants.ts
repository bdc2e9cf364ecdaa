import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { Grant, type IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct, Dependable } from 'constructs';
import { isName } from '../../lambda/names.ts';
import { aliasForShard } from '../functions/refresh.ts';
import type { Stores } from '../stores/stores.ts';
import { viaServices } from './permissions.ts';

/** A consumer, and the shard that it may have. */
export interface ShardGrant {
  readonly grantee: IGrantable;
  readonly shard: string;
}

/**
 * Lets a consumer read the access-token secret of one shard. The key opens that secret for it and
 * nothing else, since Secrets Manager names the secret to the key
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html).
 */
export function grantReading(
  scope: Construct,
  { key, accessTokens }: Stores,
  { grantee, shard }: ShardGrant,
): Grant {
  const secretArn = accessTokens.arnOf(shard);
  const read = addToPrincipal(scope, grantee, {
    actions: ['secretsmanager:GetSecretValue'],
    resourceArns: [secretArn],
  });
  const decrypt = addToPrincipal(scope, grantee, {
    actions: ['kms:Decrypt'],
    resourceArns: [key.keyArn],
    conditions: {
      StringEquals: viaServices(scope, ['secretsmanager']),
      StringLike: { 'kms:EncryptionContext:SecretARN': secretArn },
    },
  });
  return read.combine(decrypt);
}

/** Lets a consumer invoke the refresh function for one shard. */
export function grantRefreshing(
  scope: Construct,
  refresh: IFunction,
  { grantee, shard }: ShardGrant,
): Grant {
  return addToPrincipal(scope, grantee, {
    actions: ['lambda:InvokeFunction'],
    resourceArns: [aliasForShard(refresh, shard).functionArn],
  });
}

/** Throws for a name that no shard can have. */
export function checkShard(shard: string): void {
  if (isName(shard)) {
    return;
  }
  throw new Error(
    `"${shard}" cannot be a shard: a name has at most 64 letters, digits, dots, dashes and ` +
      'underscores, and starts with a letter or a digit',
  );
}

/** Adds a statement to the grantee's policy. Throws where it would reach nobody. */
function addToPrincipal(
  scope: Construct,
  grantee: IGrantable,
  statement: Pick<Parameters<typeof Grant.addToPrincipal>[0], 'actions' | 'resourceArns'> & {
    conditions?: Record<string, Record<string, unknown>>;
  },
): Grant {
  checkAccount(scope, grantee);
  const { grantPrincipal } = grantee;
  const grant = Grant.addToPrincipal({ grantee, ...statement });
  if (!grant.success) {
    throw new Error(
      `${grantPrincipal} has no policy of its own to add to: grant to a role, user or group`,
    );
  }
  if (!Role.isRole(grantPrincipal) && isDropped(grant)) {
    throw new Error(
      'The policy of this grantee cannot be changed here: it was imported with "mutable: false" ' +
        'or without its role, or it takes no updates. Grant to the role itself',
    );
  }
  return grant;
}

/**
 * Tells whether a grant is in no policy. Imported principals may drop a statement and say success.
 * A role of the app itself is there before its policy is, where the app names its roles.
 */
function isDropped(grant: Grant): boolean {
  return Dependable.of(grant).dependencyRoots.length === 0;
}

/**
 * Throws for a grantee of another account. A policy there needs a matching one here, and the CDK
 * would say success and grant nothing.
 */
function checkAccount(scope: Construct, { grantPrincipal }: IGrantable): void {
  const { account } = Stack.of(scope);
  const theirs = grantPrincipal.principalAccount;
  if (theirs === undefined) {
    return;
  }
  const compared = Token.compareStrings(theirs, account);
  if (compared === TokenComparison.DIFFERENT) {
    throw new Error(`The grantee is in account ${theirs}, and the tokens are in ${account}`);
  }
  if (compared === TokenComparison.ONE_UNRESOLVED) {
    throw new Error(
      'The grantee may be in another account: give both stacks the same "env", with the account',
    );
  }
}
