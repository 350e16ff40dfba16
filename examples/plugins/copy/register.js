import { registerStorageDriver } from 'standard-container/storage';
import { copyDriver } from './driver.js';

/** Called by sc when it is asked for a storage driver that it does not know. */
export default function register() {
  registerStorageDriver('copy', copyDriver);
}
