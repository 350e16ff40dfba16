import { CLONE_NEWUSER, CLONE_PIDFD, ECHILD, P_PIDFD, SIGCHLD, WEXITED } from '../../../linux/constants.ts';
import type { IdMaps } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Label } from '../program/program.ts';
import { openChannel } from './channel.ts';
import { acceptNamespaces, offerNamespaces } from './user-namespace.ts';

/**
 * A user namespace in which nobody lives, as a descriptor: what a mount's owners are mapped by. A process
 * is born in it, which the maps are written for, and ends. Failures of the caller lead to `failed`.
 */
export function holdUserNamespace(p: ProgramBuilder, maps: IdMaps, failed: Label): Argument {
  const words = 'make a user namespace for the owners of a mount';
  const channel = openChannel(p);
  const pidfd = p.struct('pidfd', [-1, 4], [0, 4]);
  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls (clone3(2)).
  const clone = p.struct(
    'user namespace',
    ...[CLONE_NEWUSER | CLONE_PIDFD, 0, 0, 0, SIGCHLD, 0, 0, 0].map((field) => [field, 8] as const),
  );
  p.point(clone, 8, pidfd);
  const child = p.call(words, 'clone3', clone, clone.size);
  const parent = p.label('the user namespace is there');
  p.jump(parent, 'not-equal', { result: child }, 0);
  const ends = p.label('its first process ends');
  p.failTo(ends);
  p.call('leave the other end of the socket', 'close', channel.parent);
  offerNamespaces(p, channel.child);
  p.attempt('wait for the maps', 'read', channel.child, p.space('byte', 8), 1);
  p.place(ends);
  p.attempt('end', 'exit_group', 0);

  p.failTo(failed);
  p.place(parent);
  p.attempt('leave the other end of the socket', 'close', channel.child);
  const gone = p.label('the process has failed');
  const done = p.label('the maps are written');
  const { self, user, mount } = acceptNamespaces(p, channel.parent, maps, gone);
  for (const descriptor of [self, mount, channel.parent]) p.attempt('close', 'close', descriptor);
  const which: Argument = { load: 32, from: pidfd, at: 0 };
  p.attempt('reap its first process', 'waitid', P_PIDFD, which, p.space('siginfo', 128), WEXITED, 0);
  p.attempt('close', 'close', which);
  p.jump(done);
  p.place(gone);
  p.fail(words, -ECHILD);
  p.place(done);
  return user;
}
