/** Limits one token request, from the connection to the last byte of the body. */
export const REQUEST_TIMEOUT_MS = 20_000;
/** One call to a store, its retries included. The AWS adapters abort at this. */
export const STORE_CALL_MS = 8_000;
/** A run gives a tenant at most this long of retries and of waiting for its client's pause. */
export const RETRY_BUDGET_MS = 60_000;

/** One request that tells whose token it is. */
export const ACCOUNT_REQUEST_MS = 5_000;
/** All such requests of a run. A platform that is slower than this does not tell. */
export const ACCOUNT_CHECKS_MS = 10_000;

/** To commit is to read, to put a version and to move the label. */
const SWAP_MS = 3 * STORE_CALL_MS;
/** No exchange starts with less lease than it takes to make it, to archive it and to commit it. */
export const LEASE_NEEDED_MS = REQUEST_TIMEOUT_MS + STORE_CALL_MS + SWAP_MS;
/**
 * No exchange starts with less of the function's time than that and to check accounts, publish,
 * store the state and archive the report.
 */
export const TIME_NEEDED_MS = LEASE_NEEDED_MS + ACCOUNT_CHECKS_MS + SWAP_MS + 2 * STORE_CALL_MS;
