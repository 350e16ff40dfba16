import {
  AF_UNIX,
  EPIPE,
  MSG_CMSG_CLOEXEC,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry } from '../../native/program/program.ts';
import { CONSOLE_SOCKET } from '../tool.ts';
import { awaitReadable } from './command.ts';

/** Where the tool finds a socket for the master of the terminal: in its directory, which is the working directory. */
export function openConsole(p: ProgramBuilder, directory: string): Entry {
  const words = 'make the console socket';
  const socket = p.call(words, 'socket', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Of an earlier run that was killed. A path as long as this one may be fits in no address (unix(7)).
  p.call(words, 'chdir', p.string(directory));
  const address = Buffer.alloc(2 + CONSOLE_SOCKET.length + 1);
  address.writeUInt16LE(AF_UNIX);
  address.write(CONSOLE_SOCKET, 2);
  const name = p.bytes(`{AF_UNIX, "${CONSOLE_SOCKET}"}`, address);
  p.call(words, 'bind', { result: socket }, name, name.size);
  p.call(words, 'listen', { result: socket }, 1);
  p.call("hold nobody's directory", 'chdir', p.string('/'));
  return socket;
}

/** struct cmsghdr: length u64, level i32, type i32; then the descriptor, an i32 (cmsg(3)). */
const RIGHTS_AT = 16;
const RIGHTS_SIZE = 24;

/** The master that the tool has sent, with whatever words. */
export function receiveConsole(
  p: ProgramBuilder,
  socket: Entry,
  { patience, ended }: { patience: number; ended: Data },
): Argument {
  const words = 'take the terminal from the tool';
  awaitReadable(p, words, { result: socket }, patience, ended);
  const sender = p.call(words, 'accept4', { result: socket }, 0, 0, SOCK_CLOEXEC);
  awaitReadable(p, words, { result: sender }, patience, ended);
  const byte = p.space('byte', 8);
  const vector = p.struct('iovec', [0, 8], [1, 8]);
  p.point(vector, 0, byte);
  const rights = p.struct('SCM_RIGHTS', [0, 8], [SOL_SOCKET, 4], [SCM_RIGHTS, 4], [-1, 4], [0, 4]);
  const message = p.struct('message', [0, 8], [0, 8], [0, 8], [1, 8], [0, 8], [RIGHTS_SIZE, 8], [0, 8]);
  p.point(message, 16, vector);
  p.point(message, 32, rights);
  p.call(words, 'recvmsg', { result: sender }, message, MSG_CMSG_CLOEXEC);
  const master: Argument = { load: 32, from: rights, at: RIGHTS_AT };
  const there = p.label('the terminal is there');
  p.jump(there, 'not-equal', master, -1);
  p.fail(words, -EPIPE);
  p.place(there);
  p.attempt('close', 'close', { result: sender });
  p.attempt('close', 'close', { result: socket });
  return master;
}
