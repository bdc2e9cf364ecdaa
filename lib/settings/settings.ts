import { Duration } from 'aws-cdk-lib';
import type { TokenRotatorProps } from '../token-rotator-props.ts';
import { propFaults } from './prop-rules.ts';

/** How a setting becomes a property: a text that does not fit is left for the rules to refuse. */
interface Setting {
  readonly prop: keyof TokenRotatorProps;
  readonly read: (given: unknown) => unknown;
}

const asGiven = (given: unknown) => given;

/** Every setting that `-c key=value`, or the context of cdk.json, may give. */
const SETTINGS = new Map(
  Object.entries<Setting>({
    name: { prop: 'name', read: asGiven },
    schedule: { prop: 'schedule', read: asGiven },
    timeZone: { prop: 'timeZone', read: asGiven },
    keepFresh: { prop: 'keepFresh', read: truth },
    retentionDays: { prop: 'retention', read: days },
    alertAddress: { prop: 'alertAddress', read: asGiven },
    memory: { prop: 'memorySize', read: wholeNumber },
    timeout: { prop: 'timeout', read: seconds },
    reservedConcurrency: { prop: 'reservedConcurrentExecutions', read: wholeNumber },
    refreshConcurrency: { prop: 'refreshConcurrency', read: wholeNumber },
    fanOut: { prop: 'fanOut', read: truth },
    successWithinDays: { prop: 'successWithin', read: days },
    connectPage: { prop: 'connectPage', read: truth },
    connectTitle: { prop: 'connectTitle', read: asGiven },
    connectContact: { prop: 'connectContact', read: asGiven },
    connectLogo: { prop: 'connectLogo', read: asGiven },
    takeOver: { prop: 'takeOverKeyArn', read: asGiven },
  }),
);

/**
 * Takes the app's whole context and returns the properties that it sets. Throws one error that
 * names every unknown key and every wrong value. Keys that are not words (`aws:…`, `@aws-cdk/…`,
 * look-ups) are the CDK's own and pass.
 */
export function parseSettings(context: Readonly<Record<string, unknown>>): TokenRotatorProps {
  const ours = Object.entries(context).filter(([key]) => /^\w+$/.test(key));
  const unknown = ours.flatMap(([key]) => (SETTINGS.has(key) ? [] : [describeUnknown(key)]));
  const props = Object.fromEntries(ours.flatMap(([key, given]) => toProp(key, given)));
  const faults = propFaults(props).map(({ prop, message }) => `-c ${keyOf(prop)}=…: ${message}`);
  const lines = [...unknown, ...faults].map((line) => `  ${line}`);
  if (lines.length > 0) {
    throw new Error(`The settings are wrong:\n${lines.join('\n')}`);
  }
  return props;
}

function describeUnknown(key: string): string {
  return `-c ${key}=…: there is no such setting; there are ${[...SETTINGS.keys()].join(', ')}`;
}

function toProp(key: string, given: unknown): [string, unknown][] {
  const setting = SETTINGS.get(key);
  return setting === undefined ? [] : [[setting.prop, setting.read(given)]];
}

function keyOf(prop: string): string {
  return [...SETTINGS].find(([, setting]) => setting.prop === prop)?.[0] ?? prop;
}

function truth(given: unknown): unknown {
  if (given === 'true') {
    return true;
  }
  return given === 'false' ? false : given;
}

function wholeNumber(given: unknown): unknown {
  return typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
}

function days(given: unknown): unknown {
  const count = wholeNumber(given);
  return isAmount(count) ? Duration.days(count) : given;
}

function seconds(given: unknown): unknown {
  const count = wholeNumber(given);
  return isAmount(count) ? Duration.seconds(count) : given;
}

function isAmount(count: unknown): count is number {
  return typeof count === 'number' && count >= 0;
}
