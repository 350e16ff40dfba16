import { checkBackendName } from '../backend/registry.ts';

/** What an operation works with, the same for all operations of one call. */
export interface Settings {
  /** Absolute directory of state and storage. */
  root: string;
  /** Name of the backend, such as `native`. */
  backend: string;
  /** Name of the storage driver, such as `overlay`. */
  storageDriver: string;
}

/** Throws SC_USAGE for a backend that nobody knows, also where it would not be asked for anything. */
export function checkSettings({ backend }: Settings): void {
  checkBackendName(backend);
}
