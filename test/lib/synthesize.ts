import { App, type Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { TokenRotatorStack } from '../../lib/rotation-stack.ts';
import { parseSettings } from '../../lib/settings/settings.ts';
import type { TokenRotator } from '../../lib/token-rotator.ts';

/**
 * An app with the feature flags of cdk.json: without them the template would be another one. What
 * stands beside the templates, which is where each resource was made and the tree, takes time.
 */
export function createApp(): App {
  return new App({
    context: { ...cdkJson.context, 'aws:cdk:disable-creation-stack-traces': true },
    treeMetadata: false,
  });
}

const INLINE = Code.fromInline('export {}');

/** The stack as `cdk synth -c …` makes it, but for the code. */
export function createStack(
  scope: Construct,
  settings: Record<string, string> = {},
  env?: Environment,
): TokenRotatorStack {
  return new TokenRotatorStack(scope, 'TokenRotator', {
    ...(env && { env }),
    settings: {
      ...parseSettings(settings),
      code: INLINE,
      ...(settings.connectPage === 'true' && { connectCode: INLINE }),
    },
  });
}

const templates = new Map<string, Template>();

/** Returns the template of a stack with these settings. Makes each only once. */
export function synthesize(settings: Record<string, string> = {}): Template {
  const key = JSON.stringify(settings);
  const made = templates.get(key) ?? Template.fromStack(createStack(createApp(), settings));
  templates.set(key, made);
  return made;
}

/**
 * The template of the deployment, and of a second stack that `use` fills with what somebody else's
 * app would hold.
 */
export function synthesizeConsumer(use: (scope: Stack, rotator: TokenRotator) => void): Template {
  const app = createApp();
  const { tokenRotator } = createStack(app);
  const consumer = new Stack(app, 'Consumer');
  use(consumer, tokenRotator);
  return Template.fromStack(consumer);
}

export interface Statement {
  /** Logical id of the policy's role or resource. */
  of: string;
  sid: string;
  effect: string;
  actions: string[];
  resources: string[];
  conditions: Record<string, Record<string, unknown>>;
}

/** Every statement of every identity policy of a template, with ARNs as flat text. */
export function statementsOf(template: Template): Statement[] {
  const resources = template.toJSON().Resources as Record<
    string,
    { Type: string; Properties: Record<string, unknown> }
  >;
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .flatMap(([id, { Properties }]) => {
      const document = Properties.PolicyDocument as { Statement: Record<string, unknown>[] };
      return document.Statement.map((statement) => ({
        of: id.replace(/DefaultPolicy.*$/, ''),
        sid: String(statement.Sid ?? ''),
        effect: String(statement.Effect),
        actions: [statement.Action].flat().map(String),
        resources: (Array.isArray(statement.Resource)
          ? statement.Resource
          : [statement.Resource]
        ).map(flatten),
        conditions: (statement.Condition ?? {}) as Statement['conditions'],
      }));
    });
}

/** Text with CloudFormation's functions shown as `<Name>`; logical ids lose their hash. */
function flatten(node: unknown): string {
  if (typeof node === 'string') {
    return node;
  }
  if (typeof node !== 'object' || node === null) {
    return String(node);
  }
  if ('Ref' in node) {
    return `<${shortId(String(node.Ref))}>`;
  }
  if ('Fn::GetAtt' in node) {
    return `<${(node['Fn::GetAtt'] as string[]).map(shortId).join('.')}>`;
  }
  if ('Fn::Join' in node) {
    const [delimiter, parts] = node['Fn::Join'] as [string, unknown[]];
    return parts.map(flatten).join(delimiter);
  }
  if ('Fn::ImportValue' in node) {
    return `<${flatten(node['Fn::ImportValue'])}>`;
  }
  return JSON.stringify(node);
}

function shortId(id: string): string {
  return id.replace(/^TokenRotator(?=.)/, '').replace(/[0-9A-F]{8}$/, '');
}
