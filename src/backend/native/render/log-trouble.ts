import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import { keeperDescriptors, LOG_SIZE } from '../protocol.ts';
import type { Log } from './log.ts';
import { tellIfHeard } from './report.ts';

/** Says how it is with the log: 0, or what hinders it. */
export function tellLog(p: ProgramBuilder, { trouble }: Log, errno: Argument): void {
  p.store('note how it is with the log', trouble, 4, errno, 4);
  p.attempt('tell of it', 'write', keeperDescriptors.report, trouble, LOG_SIZE);
  p.store('that is told', trouble, 4, 0, 4);
}

/** Tells of it once. */
export function complain(p: ProgramBuilder, { trouble }: Log, result: Entry): void {
  const told = p.label('that was told');
  p.jump(told, 'not-equal', { load: 32, from: trouble, at: 4 }, 0);
  p.store('note what hinders', trouble, 4, { result }, 4);
  tellIfHeard(p, 'tell what hinders', trouble, LOG_SIZE);
  p.place(told);
}
