import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Attachment } from '../backend/backend.ts';
import { setWindowSize, windowSize } from '../linux/terminal.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { AttachRequest } from '../schema/operations/attach.ts';
import { type Caller, say } from './caller.ts';
import { feed } from './input.ts';
import { type Keyboard, openKeyboard } from './keyboard.ts';
import { callerWindowSize } from './terminal.ts';
import { TerminalInput } from './terminal-input.ts';

/*
 *   caller's stdin -- any bytes -->  write end of the pipe that the keeper holds  -->  0 of the container
 *
 *   caller's stdin, a terminal -- raw bytes -->  master that the keeper holds     -->  0 of the container
 *   caller's SIGWINCH          -- TIOCSWINSZ->  the same                          -->  SIGWINCH inside
 */

/** Milliseconds in which a program inside has seen the first of two sizes. */
const MOMENT = 30;

/** One run of a container. */
export interface Attached {
  state: ContainerState;
  attachment: Attachment;
}

/** Sends the caller's input to a container, as far as both have one. */
export function attachInput(
  attached: Attached,
  { stdin = true, closeStdin, detachKeys }: AttachRequest,
  caller: Caller,
): Keyboard {
  const { terminal, kind } = attached.state.spec;
  const withInput = stdin && terminal.stdin;
  if (terminal.tty) return useTerminal(attached, withInput, detachKeys ?? terminal.detachKeys, caller);
  return withInput ? usePipe(attached, closeStdin ?? kind === 'Job', caller) : noInput();
}

/** One for each: a promise keeps all who wait for it, and this one never resolves. */
function noInput(): Keyboard {
  return { left: new Promise(() => undefined), close: () => undefined };
}

function usePipe({ state, attachment }: Attached, closeStdin: boolean, caller: Caller): Keyboard {
  const pipe = attachment.input();
  if (pipe === undefined) {
    if (attachment.isAlive()) say(caller, `the standard input of "${state.name}" has ended already`);
    return noInput();
  }
  const sink = new Socket({ fd: pipe, readable: false, writable: true });
  const source = feed(caller, sink, () => {
    if (closeStdin) attachment.closeInput();
  });
  return { ...noInput(), close: () => source.destroy() };
}

function useTerminal(
  { attachment }: Attached,
  withInput: boolean,
  detachKeys: string,
  caller: Caller,
): Keyboard {
  const master = attachment.terminal();
  if (master === undefined) return noInput();
  const sink = new TerminalInput(master);
  const keyboard = withInput && caller.stdin.terminal ? openKeyboard(caller, sink, detachKeys) : noInput();
  let isOpen = true;
  const resize = () => {
    const size = callerWindowSize(caller);
    if (isOpen && size !== undefined) setWindowSize(master, size);
  };
  caller.signals.on('SIGWINCH', resize);
  showAll(master, caller, resize);
  return {
    left: keyboard.left,
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      caller.signals.off('SIGWINCH', resize);
      keyboard.close();
      sink.destroy();
      closeSync(master);
    },
  };
}

/**
 * Has a program that fills the screen draw all of it for who has just come. The kernel tells it of a size that is
 * another alone, so that the size is another one for a moment where it would be the same.
 */
function showAll(master: number, caller: Caller, resize: () => void): void {
  const [is, wanted] = [windowSize(master), callerWindowSize(caller)];
  if (wanted === undefined) return;
  if (is.rows === wanted.rows && is.columns === wanted.columns) {
    setWindowSize(master, { ...wanted, rows: wanted.rows + 1 });
    setTimeout(resize, MOMENT);
  } else resize();
}
