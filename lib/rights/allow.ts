import { Stack, Validations } from 'aws-cdk-lib';
import { type IRole, type Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

export interface Permission {
  readonly sid: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, Record<string, unknown>>;
  /** The reason for a wildcard in a resource: needed where there is one. */
  readonly wildcard?: string;
}

/** Adds one permission to a role of ours, with the reason of its wildcards for cdk-nag. */
export function allow(role: IRole, { wildcard, ...statement }: Permission): void {
  role.addToPrincipalPolicy(new PolicyStatement(statement));
  acknowledge(role, statement.resources, wildcard);
}

/** Adds one permission to a policy of ours, as `allow` does to a role. */
export function allowIn(policy: Policy, { wildcard, ...statement }: Permission): void {
  policy.addStatements(new PolicyStatement(statement));
  acknowledge(policy, statement.resources, wildcard);
}

function acknowledge(
  owner: IConstruct,
  resources: readonly string[],
  wildcard: string | undefined,
): void {
  if (wildcard === undefined) {
    return;
  }
  for (const resource of resources) {
    const id = `AwsSolutions-IAM5[Resource::${flatten(Stack.of(owner).resolve(resource))}]`;
    Validations.of(owner).acknowledge({ id, reason: wildcard });
  }
}

/** Returns an ARN as cdk-nag names it in its findings. */
function flatten(
  resolved:
    | string
    | { 'Fn::Join': [string, unknown[]] }
    | { 'Fn::GetAtt': string[] }
    | { Ref: string },
): string {
  if (typeof resolved === 'string') {
    return resolved;
  }
  if ('Ref' in resolved) {
    return `<${resolved.Ref}>`;
  }
  if ('Fn::GetAtt' in resolved) {
    return `<${resolved['Fn::GetAtt'].join('.')}>`;
  }
  const [delimiter, parts] = resolved['Fn::Join'];
  return parts.map((part) => flatten(part as Parameters<typeof flatten>[0])).join(delimiter);
}
