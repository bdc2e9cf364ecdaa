/**
 * A certificate of its own authority for `tokens.test`, valid until 2120. Nobody trusts it unasked.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBbDCCARKgAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJ0b2tlbi1y
b3RhdG9yIHRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEnRva2VuLXJvdGF0b3IgdGVzdDBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABPPWEQN6OBmdkPJXd5IxvQAji01i2/17kpSxcUBY7bja2V7RoiPYDeei
7ae1qX3ZEQN1OtiXlL983sU+SRfFXJGjQTA/MCwGA1UdEQQlMCOCC3Rva2Vucy50
ZXN0gglsb2NhbGhvc3SCCSouczMudGVzdDAPBgNVHRMBAf8EBTADAQH/MAoGCCqG
SM49BAMCA0gAMEUCIQDN5F93Ec+sG4toMC979bgRHpPVN+gchYH/tnG4oSPVpwIg
WRZOHUkQBrrgXDzwCEV4knCmQuJxvaOst6f/HGgNZ/Q=
-----END CERTIFICATE-----
`;

/** Guards nothing: it is only for servers of tests. */
export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgynHGbMhSowJiqYX1
zeaAIeeo7mLAWkhXNgPN4UmyFnOhRANCAATz1hEDejgZnZDyV3eSMb0AI4tNYtv9
e5KUsXFAWO242tle0aIj2A3nou2ntal92REDdTrYl5S/fN7FPkkXxVyR
-----END PRIVATE KEY-----
`;
