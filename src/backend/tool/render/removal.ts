import {
  AT_FDCWD,
  AT_REMOVEDIR,
  ECHILD,
  MNT_DETACH,
  P_ALL,
  WEXITED,
  WNOHANG,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Data, Label } from '../../native/program/program.ts';
import { sleep } from '../../native/render/cgroups.ts';
import { SI_PID, SIGINFO_SIZE } from '../../native/render/siginfo.ts';
import { CONSOLE_SOCKET, MESSAGES, PLACE, type Tool } from '../tool.ts';
import { awaitTool, forkTool, killTool, type ToolProcess } from './command.ts';
import { LOOKS } from './hear-entry.ts';

// What the keeper does when a container has ended, or could not be made: nothing of it is left, with the tool or here.

/** As far as it can be done: what is left then, sc removes by the control groups. */
export function removeContainer(p: ProgramBuilder, tool: Tool, process: ToolProcess, hasFailed: Data): void {
  if (tool.remove === undefined) return;
  const done = p.label('the tool has nothing of it any more');
  p.failTo(done);
  if (tool.record) forget(p, tool.directory, tool.record, hasFailed, done);
  forkTool(p, tool, tool.remove, process, done);
  awaitTool(p, tool.remove, process, tool.patience);
  p.place(done);
  killTool(p, process);
}

/**
 * Goes on at `done` where these files were all that the tool had of a container that has ended; else they are back in
 * their places.
 */
function forget(
  p: ProgramBuilder,
  directory: string,
  { directory: records, files }: NonNullable<Tool['record']>,
  hasFailed: Data,
  done: Label,
): void {
  const words = 'remove what the tool has of it';
  const byTool = p.label('that is left to the tool');
  p.jump(byTool, 'not-equal', { load: 32, from: hasFailed, at: 0 }, 0);
  const moves = files.map(
    (name) => [p.string(`${records}/${name}`), p.string(recordIn(directory, name))] as const,
  );
  for (const [from, to] of moves) p.attempt(words, 'renameat2', AT_FDCWD, from, AT_FDCWD, to, 0);
  const removed = p.attempt(words, 'unlinkat', AT_FDCWD, p.string(records), AT_REMOVEDIR);
  p.jump(done, 'equal', { result: removed }, 0);
  for (const [from, to] of moves) p.attempt('take that back', 'renameat2', AT_FDCWD, to, AT_FDCWD, from, 0);
  p.place(byTool);
}

function recordIn(directory: string, name: string): string {
  return `${directory}/record-${name}`;
}

/** Whoever was left to the keeper ends with the container. Looks for a while, and leaves who stays to others. */
export function reapAll(p: ProgramBuilder): void {
  const words = 'reap who was left behind';
  const over = p.label('nobody is left behind');
  const info = p.space('siginfo', SIGINFO_SIZE);
  for (const delay of LOOKS) {
    const again = p.label(words);
    p.place(again);
    p.store('nobody yet', info, SI_PID, 0, 4);
    const reaped = p.attempt(words, 'waitid', P_ALL, 0, info, WEXITED | WNOHANG, 0);
    p.jump(over, 'equal', { result: reaped }, -ECHILD);
    p.jump(again, 'not-equal', { load: 32, from: info, at: SI_PID }, 0);
    sleep(p, 'wait for them', delay);
  }
  p.place(over);
}

/** Removes the tool's directory; after a failure it is left to sc, which reads what the tool has said. */
export function removeDirectory(
  p: ProgramBuilder,
  { directory, files, record }: Tool,
  hasFailed: Data,
): void {
  const words = 'remove the directory of the tool';
  const kept = p.label('that is left to sc');
  p.jump(kept, 'not-equal', { load: 32, from: hasFailed, at: 0 }, 0);
  // It goes with the keeper, which tells of the end before: nobody is to find a layer or a source in use then.
  p.attempt('let go of the root filesystem', 'umount2', p.string(PLACE), MNT_DETACH);
  const paths = [
    ...[...files, MESSAGES, CONSOLE_SOCKET].map((name) => `${directory}/${name}`),
    ...(record?.files ?? []).map((name) => recordIn(directory, name)),
  ];
  for (const path of paths) p.attempt(words, 'unlinkat', AT_FDCWD, p.string(path), 0);
  p.attempt(words, 'unlinkat', AT_FDCWD, p.string(directory), AT_REMOVEDIR);
  p.place(kept);
}
