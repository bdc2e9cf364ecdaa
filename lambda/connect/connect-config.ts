import {
  ARCHIVE_BUCKET,
  CONNECT_CONTACT,
  CONNECT_TITLE,
  ConfigError,
  REDEEM_FUNCTION,
} from '../config.ts';

/** Describes what the page function reads from its environment. */
export interface ConnectConfig {
  archiveBucket: string;
  redeemFunction: string;
  title: string;
  contact: string | null;
}

/** Reads the page function's settings. Throws one ConfigError that names every faulty variable. */
export function readConnectConfig(
  env: Readonly<Record<string, string | undefined>>,
): ConnectConfig {
  const read = (name: string) => env[name]?.trim() ?? '';
  const missing = [ARCHIVE_BUCKET, REDEEM_FUNCTION, CONNECT_TITLE].filter(
    (name) => read(name) === '',
  );
  if (missing.length > 0) {
    throw new ConfigError(`The function's environment is wrong: ${missing.join(', ')} is empty.`);
  }
  return {
    archiveBucket: read(ARCHIVE_BUCKET),
    redeemFunction: read(REDEEM_FUNCTION),
    title: read(CONNECT_TITLE),
    contact: read(CONNECT_CONTACT) || null,
  };
}
