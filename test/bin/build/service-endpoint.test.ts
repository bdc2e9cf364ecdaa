import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import {
  PLAIN_SERVICES,
  type ServiceEndpointParams,
  serviceEndpoint,
} from '../../../bin/build/service-endpoint.ts';

const AWS = { dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws' };
const CHINA = {
  dnsSuffix: 'amazonaws.com.cn',
  dualStackDnsSuffix: 'api.amazonwebservices.com.cn',
};
const PARTITIONS = {
  'eu-west-1': AWS,
  'us-east-1': AWS,
  'us-gov-west-1': AWS,
  'us-gov-east-1': AWS,
  'cn-north-1': CHINA,
};
/** China has no FIPS hosts. */
const FIPS = [{ UseFIPS: true }, { UseFIPS: true, UseDualStack: true }];
const ENDPOINTS = ['http://127.0.0.1:5000', 'http://localhost:5000/path', 'https://sm.example.com'];

const region = 'eu-west-1';
const clients = {
  'client-eventbridge': new EventBridgeClient({ region }),
  'client-lambda': new LambdaClient({ region }),
  'client-secrets-manager': new SecretsManagerClient({ region }),
  'client-sns': new SNSClient({ region }),
};

describe(serviceEndpoint.name, () => {
  it.each(Object.keys(PLAIN_SERVICES))('names the same address as %s in every case', (name) => {
    const { endpointProvider } = clients[name as keyof typeof clients].config;
    const sdk = endpointProvider as unknown as (params: ServiceEndpointParams) => object;
    for (const [Region, domains] of Object.entries(PARTITIONS)) {
      const kinds = [{}, { UseDualStack: true }, ...(domains === CHINA ? [] : FIPS)];
      for (const kind of [...kinds, ...ENDPOINTS.map((Endpoint) => ({ Endpoint }))]) {
        const params: ServiceEndpointParams = { Region, ...kind };
        const ours = serviceEndpoint(PLAIN_SERVICES[name] ?? '', params, domains);
        expect({ params, ...plain(ours) }).toEqual({ params, ...plain(sdk(params)) });
      }
    }
  });
});

function plain(endpoint: object): object {
  const { url, properties, headers } = endpoint as ReturnType<typeof serviceEndpoint>;
  return { url: url.href, properties, headers };
}
