import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { CALLBACK_PATH } from '../../lambda/config.ts';

/** The public address of the connect page. */
export interface ConnectApi {
  readonly apiId: string;
  /** Links are `<url>/c/…`. */
  readonly url: string;
  /** Platforms redirect to `<redirectUri>/<provider id>`, which the operator registers. */
  readonly redirectUri: string;
}

const PAGES = '$default';
const CALLBACKS = `ANY ${CALLBACK_PATH}/{provider}`;

/**
 * Requests a second, apart from each other. Who floods the pages does not keep a platform's answers
 * away. Hundreds of clients may consent at once, each with a few requests.
 */
const LIMITS = {
  [PAGES]: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
  [CALLBACKS]: { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
};

/** Neither a path, which holds a link's secret, nor a query, which holds a code, nor an address. */
const ACCESS_LOG = JSON.stringify({
  request_id: '$context.requestId',
  at: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
  bytes: '$context.responseLength',
});

/** Creates the HTTP API in front of the page function. */
export function createConnectApi(
  scope: Construct,
  id: string,
  { name, page }: { name: string; page: IFunction },
): ConnectApi {
  const stack = Stack.of(scope);
  const api = new CfnApi(scope, id, {
    name: `${name}-connect`,
    description: `Connect links of ${name}`,
    protocolType: 'HTTP',
  });
  const integration = new CfnIntegration(scope, `${id}Page`, {
    apiId: api.ref,
    integrationType: 'AWS_PROXY',
    integrationUri: page.functionArn,
    payloadFormatVersion: '2.0',
    timeoutInMillis: 10_000,
  });
  const routes = Object.keys(LIMITS).map((routeKey, index) =>
    createRoute(scope, `${id}Route${index}`, {
      apiId: api.ref,
      routeKey,
      integration,
    }),
  );
  createStage(scope, `${id}Stage`, api.ref, routes);
  page.addPermission(`${id}Invoke`, {
    principal: new ServicePrincipal('apigateway.amazonaws.com'),
    sourceArn: stack.formatArn({
      service: 'execute-api',
      resource: api.ref,
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    }),
  });
  const url = `https://${api.ref}.execute-api.${stack.region}.${stack.urlSuffix}`;
  return {
    apiId: api.ref,
    url,
    redirectUri: `${url}${CALLBACK_PATH}`,
  };
}

function createRoute(
  scope: Construct,
  id: string,
  {
    apiId,
    routeKey,
    integration,
  }: { apiId: string; routeKey: string; integration: CfnIntegration },
): CfnRoute {
  const target = `integrations/${integration.ref}`;
  const route = new CfnRoute(scope, id, {
    apiId,
    routeKey,
    target,
    authorizationType: 'NONE',
  });
  Validations.of(route).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'Clients have no account here. The secret in a link, and the state of a redirect, admit.',
  });
  return route;
}

function createStage(
  scope: Construct,
  id: string,
  apiId: string,
  routes: readonly CfnRoute[],
): void {
  const log = new LogGroup(scope, `${id}Log`, {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const stage = new CfnStage(scope, id, {
    apiId,
    stageName: '$default',
    autoDeploy: true,
    accessLogSettings: { destinationArn: log.logGroupArn, format: ACCESS_LOG },
    routeSettings: LIMITS,
  });
  // A limit of a route that is not there yet is refused.
  for (const route of routes) {
    stage.addResourceDependency(route);
  }
}
