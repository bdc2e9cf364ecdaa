import { Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';

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
  if (wildcard === undefined) return;
  for (const resource of statement.resources) {
    const id = `AwsSolutions-IAM5[Resource::${flatten(Stack.of(role).resolve(resource))}]`;
    Validations.of(role).acknowledge({ id, reason: wildcard });
  }
}

/** An ARN as cdk-nag names it in its findings. */
function flatten(
  resolved:
    | string
    | { 'Fn::Join': [string, unknown[]] }
    | { 'Fn::GetAtt': string[] }
    | { Ref: string },
): string {
  if (typeof resolved === 'string') return resolved;
  if ('Ref' in resolved) return `<${resolved.Ref}>`;
  if ('Fn::GetAtt' in resolved) return `<${resolved['Fn::GetAtt'].join('.')}>`;
  const [delimiter, parts] = resolved['Fn::Join'];
  return parts.map((part) => flatten(part as Parameters<typeof flatten>[0])).join(delimiter);
}
