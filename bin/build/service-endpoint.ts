/** What a client knows when it looks for its service's address, by the names of the SDK. */
export interface ServiceEndpointParams {
  Region: string;
  Endpoint?: string;
  UseFIPS?: boolean;
  UseDualStack?: boolean;
}

/** The domains of a region's partition, such as `amazonaws.com` and `api.aws`. */
export interface PartitionDomains {
  dnsSuffix: string;
  dualStackDnsSuffix: string;
}

/** Services whose address is their name and the region's. */
export const PLAIN_SERVICES: Readonly<Record<string, string>> = {
  'client-eventbridge': 'events',
  'client-lambda': 'lambda',
  'client-secrets-manager': 'secretsmanager',
  'client-sns': 'sns',
};

/**
 * Returns the address of a service. Takes the place of the rules that each client of the SDK brings
 * along. They also know EventBridge's global endpoints, which no function of ours uses.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
export function serviceEndpoint(
  service: string,
  params: ServiceEndpointParams,
  { dnsSuffix, dualStackDnsSuffix }: PartitionDomains,
) {
  const { Region, Endpoint, UseDualStack } = params;
  const host = `${service}${hasFipsHost(service, params) ? '-fips' : ''}.${Region}`;
  // Secrets Manager has both protocols at its one address.
  const isDual = UseDualStack && service !== 'secretsmanager';
  const url = new URL(Endpoint ?? `https://${host}.${isDual ? dualStackDnsSuffix : dnsSuffix}`);
  return { url, properties: {}, headers: {} };
}

/** In GovCloud the plain hosts of EventBridge and SNS are the FIPS ones. */
function hasFipsHost(
  service: string,
  { Region, UseFIPS, UseDualStack }: ServiceEndpointParams,
): boolean {
  if (!UseFIPS || !Region.startsWith('us-gov-')) {
    return UseFIPS === true;
  }
  return service !== 'events' && (service !== 'sns' || UseDualStack === true);
}
