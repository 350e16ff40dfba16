import { SIGKILL } from '../linux/constants.ts';
import { sendSignal } from '../linux/send-signal.ts';
import type { ExitStatus } from '../schema/container-state.ts';
import type { AttachRequest, AttachResult } from '../schema/operations/attach.ts';
import { endedState } from '../state/ended.ts';
import { type Attached, attachInput } from './attach-input.ts';
import { copyRun, type RunOutput } from './attach-output.ts';
import { type Caller, say } from './caller.ts';
import { forwardedSignals, forwardSignals } from './forward-signals.ts';
import { type Interruption, listenForEnd } from './interruption.ts';
import { sayLeft } from './keyboard.ts';
import { logTroubles } from './logs.ts';
import { ignoreGone } from './recover.ts';
import { tellUnknownEnd } from './unknown-end.ts';
import type { Workplace } from './workplace.ts';

/** Where the output of a run begins. */
export type Beginning = Pick<RunOutput, 'directory' | 'from' | 'replay' | 'isToStart'>;

/** Resolves when that run has ended and all that it wrote is at the caller's, or when the caller has left it. */
export async function stayAttached(
  place: Workplace,
  attached: Attached,
  beginning: Beginning,
  request: AttachRequest,
  caller: Caller,
): Promise<AttachResult> {
  const { state, attachment } = attached;
  const { id, name, spec } = state;
  const { tty } = spec.terminal;
  const isProxy = !tty && request.signals !== false;
  const leaving = isProxy ? forwardAll(attached, caller) : listenForEnd(caller, forwardedSignals);
  const left = new AbortController();
  const leave = () => left.abort();
  leaving.abort.addEventListener('abort', leave);
  let close = () => {};
  let how: 'detached' | 'lost' | undefined;
  try {
    const input = attachInput(attached, request, caller);
    close = input.close;
    void input.left.then((reason) => {
      how = reason;
      leave();
    });
    const follow = {
      isOver: () => attachment.exit() !== undefined || !attachment.isAlive(),
      watch: [place.store.directory(id)],
    };
    const onTrouble = (trouble: keyof typeof logTroubles) =>
      say(caller, `"${name}": ${logTroubles[trouble]}`, { onTerminal: tty });
    left.signal.addEventListener('abort', close);
    const isWhole = await copyRun(
      { ...beginning, follow, abort: left.signal, onTrouble },
      caller,
      request.frames === true && !tty,
    );
    if (isWhole) {
      const exit = await howItEnded(place, attached);
      tellUnknownEnd(caller, name, exit, tty);
      return { id, name, exit };
    }
  } finally {
    close();
    leaving.stop();
  }
  if (how === 'detached') sayLeft(caller, name);
  const interrupted = leaving.signal() ?? (how === 'lost' ? 'SIGHUP' : undefined);
  return { id, name, ...(interrupted !== undefined && { interrupted }) };
}

/** All that reaches the caller goes to the container. Who asks a third time for the end has sc end alone. */
function forwardAll({ state: { name, init }, attachment }: Attached, caller: Caller): Interruption {
  const controller = new AbortController();
  let heard: string | undefined;
  const forwarding = forwardSignals(caller.signals, {
    onEnding: () => undefined,
    onLastRequest: (signal) => {
      say(caller, `${signal} for the third time: "${name}" is left alone`);
      heard = signal;
      stop();
      controller.abort();
    },
  });
  const stopRelay = attachment.relayRealTimeSignals();
  const stop = () => {
    forwarding.stop();
    stopRelay();
  };
  forwarding.aim({
    kill: (signal) => {
      if (signal !== SIGKILL && init !== undefined) sendSignal(init, signal);
    },
  });
  const { abort } = caller;
  return {
    abort: abort === undefined ? controller.signal : AbortSignal.any([controller.signal, abort]),
    signal: () => heard,
    stop,
  };
}

/** As its record has it, or will have it. */
async function howItEnded(place: Workplace, { state, attachment }: Attached): Promise<ExitStatus> {
  const record = attachment.exit();
  const now = await ignoreGone(place.store.find(state.id));
  const isSame = now?.keeper?.pid === state.keeper?.pid && now?.startedAt === state.startedAt;
  const last = now !== undefined && isSame ? now : state;
  const exit = last.exit ?? (record ? endedState(last, record) : await place.observe(last)).exit;
  return exit ?? { code: null, cause: 'unknown' };
}
