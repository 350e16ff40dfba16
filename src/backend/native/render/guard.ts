import { AT_FDCWD, LOCK_EX, LOCK_NB, O_CLOEXEC, O_RDONLY } from '../../../linux/constants.ts';
import type { GuardOptions } from '../../backend.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import { keeperDescriptors } from '../protocol.ts';
import { sleep } from './cgroups.ts';
import { becomeCleaner } from './record.ts';
import { secure } from './secure.ts';

/** A process that waits for the word that all is well, or for the death of sc, and executes `argv` then. */
export function renderGuard(
  argv: readonly string[],
  { delay = 0, unlessLocked }: GuardOptions = {},
): Program {
  const p = new ProgramBuilder();
  const end = p.label('end without a word');
  p.failTo(end);
  secure(p, keeperDescriptors.control);
  const byte = p.space('word', 8);
  const heard = p.call('hear sc', 'read', keeperDescriptors.control, byte, 1);
  p.jump(end, 'equal', { result: heard }, 1);
  if (delay > 0) sleep(p, 'give others the time to come', delay);
  if (unlessLocked !== undefined) {
    const words = `look whether somebody has locked ${unlessLocked}`;
    const unlocked = p.label('nobody has locked it');
    const file = p.attempt(words, 'openat', AT_FDCWD, p.string(unlessLocked), O_RDONLY | O_CLOEXEC);
    // Of a root that was removed there is something elsewhere still.
    p.jump(unlocked, 'less', { result: file }, 0);
    p.call(words, 'flock', { result: file }, LOCK_EX | LOCK_NB);
    p.place(unlocked);
  }
  becomeCleaner(p, argv);
  p.place(end);
  p.attempt('end', 'exit_group', 0);
  return p.finish();
}
