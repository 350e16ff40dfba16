import { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import { keeperDescriptors } from '../protocol.ts';
import { becomeCleaner } from './record.ts';
import { secure } from './secure.ts';

/** A process that waits for the word that all is well, or for the death of sc, and executes `argv` then. */
export function renderGuard(argv: readonly string[]): Program {
  const p = new ProgramBuilder();
  const end = p.label('end without a word');
  p.failTo(end);
  secure(p, keeperDescriptors.control);
  const byte = p.space('word', 8);
  const heard = p.call('hear sc', 'read', keeperDescriptors.control, byte, 1);
  p.jump(end, 'equal', { result: heard }, 1);
  becomeCleaner(p, argv);
  p.place(end);
  p.attempt('end', 'exit_group', 0);
  return p.finish();
}
