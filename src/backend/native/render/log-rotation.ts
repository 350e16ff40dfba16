import { AT_FDCWD, AT_REMOVEDIR, SEEK_CUR } from '../../../linux/constants.ts';
import { dataLimit, ENTRY_SIZE, entryOffsets, logFileName } from '../../../logging/layout.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { chunkSize, directoryOf, filesOf, type Log } from './log.ts';
import { openAnew } from './log-opening.ts';

/** Goes on with new files, before one would be larger than its share of what may be kept. */
export function rotateIfFull(p: ProgramBuilder, log: Log): void {
  const { target } = log;
  const [full, done] = [p.label('the log is full'), p.label('there is room in the log')];
  p.jump(full, 'less', dataLimit(target.maxSize) - chunkSize(target), {
    load: 64,
    from: log.entry,
    at: entryOffsets.end,
  });
  const size = p.attempt('look how long the index is', 'lseek', filesOf(log)[1], 0, SEEK_CUR);
  p.jump(done, 'less', { result: size }, target.maxSize - dataLimit(target.maxSize) - ENTRY_SIZE);
  p.place(full);
  for (const at of [0, 4]) {
    p.attempt('close the full log', 'close', { load: 32, from: log.files, at });
    p.store('have it closed', log.files, at, -1, 4);
  }
  const at = directoryOf(log);
  for (let number = target.maxFiles - 1; number > 0; number--)
    for (const kind of ['data', 'index'] as const) {
      const [from, to] = [logFileName(kind, number - 1), logFileName(kind, number)];
      p.attempt(`rename ${from} to ${to}`, 'renameat2', at, p.string(from), at, p.string(to), 0);
    }
  // Not emptied: who reads it keeps what it has.
  if (target.maxFiles === 1)
    for (const name of ['data', 'index']) p.attempt(`remove ${name}`, 'unlinkat', at, p.string(name), 0);
  openAnew(p, log);
  p.place(done);
}

/** Takes the files away, from those who do not read them yet. */
export function removeLog(p: ProgramBuilder, log: Log): void {
  const { target } = log;
  const at = directoryOf(log);
  for (const kind of ['data', 'index'] as const)
    for (let number = 0; number < target.maxFiles; number++) {
      const name = logFileName(kind, number);
      p.attempt(`remove ${name}`, 'unlinkat', at, p.string(name), 0);
    }
  p.attempt('remove the log', 'unlinkat', AT_FDCWD, p.string(target.directory), AT_REMOVEDIR);
}
