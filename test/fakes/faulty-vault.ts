import type { RunPorts } from '../../lambda/ports.ts';

/** Returns a vault whose reads meet a fault of this program while `fault.isOn`. */
export function faultyVault(vault: RunPorts['vault']): {
  vault: RunPorts['vault'];
  fault: { isOn: boolean };
} {
  const fault = { isOn: false };
  const read: typeof vault.read = (shard) =>
    fault.isOn ? Promise.reject(new TypeError('not a function')) : vault.read(shard);
  return { vault: { ...vault, read }, fault };
}
