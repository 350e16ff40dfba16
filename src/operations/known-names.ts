import { backendNames } from '../backend/registry.ts';
import { storageDriverNames } from '../storage/registry.ts';

/** Names that `--backend` takes, but for paths of runtimes and what plugins bring. */
export function knownBackends(): readonly string[] {
  return backendNames;
}

/** Names that `--storage-driver` takes, but for what plugins bring. */
export function knownStorageDrivers(): readonly string[] {
  return storageDriverNames();
}
