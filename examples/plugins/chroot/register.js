import { registerBackend } from 'standard-container/backend';
import { launch, unsupported } from './chroot.js';
import { fields } from './fields.js';

/** Called by sc when it is asked for a backend that it does not know. */
export default function register() {
  registerBackend('chroot', () => ({ launch, unsupported }), fields);
}
