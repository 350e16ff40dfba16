import { ENOSYS, KEYCTL_JOIN_SESSION_KEYRING } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';

/** Or the container would share its caller's keys; a kernel without keyrings has none to share. */
export function takeKeyring(p: ProgramBuilder): void {
  const words = 'take a session keyring';
  const taken = p.label('the keyring is its own');
  const result = p.attempt(words, 'keyctl', KEYCTL_JOIN_SESSION_KEYRING, 0);
  p.jump(taken, 'equal', { result }, -ENOSYS);
  p.jump(taken, 'less', 0, { result });
  p.fail(words, { result });
  p.place(taken);
}
