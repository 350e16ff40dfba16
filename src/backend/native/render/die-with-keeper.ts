import { PR_SET_PDEATHSIG, SIGKILL } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';

/**
 * Set again after the last change of credentials, which clears it (prctl(2)). A keeper that was dead before
 * shows when its child says that it is ready: nobody else holds the other end of that pipe.
 */
export function dieWithKeeper(p: ProgramBuilder): void {
  p.call('die with the keeper', 'prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}
