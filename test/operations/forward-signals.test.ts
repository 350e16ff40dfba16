import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { forwardedSignals, forwardSignals } from '../../src/operations/forward-signals.ts';

function forwarding() {
  const source = new EventEmitter();
  const killed: number[] = [];
  const said: string[] = [];
  const ending: string[] = [];
  const forward = forwardSignals(source, {
    onEnding: (signal) => ending.push(signal),
    onLastRequest: (signal) => said.push(signal),
  });
  return {
    source,
    killed,
    said,
    ending,
    forward,
    target: { kill: (signal: number) => void killed.push(signal) },
  };
}

test("every standard signal that can be caught is passed on, but those that are sc's own business", () => {
  expect([...forwardedSignals].sort()).toEqual(
    'ABRT ALRM BUS FPE HUP ILL INT IO PROF PWR QUIT SEGV STKFLT SYS TERM TRAP USR1 USR2 VTALRM XCPU XFSZ'
      .split(' ')
      .map((name) => `SIG${name}`),
  );
});

test('a signal that comes before the container runs waits for it', () => {
  const { source, killed, forward, target } = forwarding();
  source.emit('SIGHUP');
  source.emit('SIGUSR1');
  expect(killed).toEqual([]);
  forward.aim(target);
  expect(killed).toEqual([1, 10]);
});

test('the third request to end is SIGKILL, and said', () => {
  const { source, killed, said, ending, forward, target } = forwarding();
  forward.aim(target);
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGINT']) source.emit(signal);
  expect(killed).toEqual([2, 1, 15, 10, 9]);
  expect(said).toEqual(['SIGINT']);
  expect(ending).toEqual(['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGINT']);
});

test('one that comes after the end of a container waits for the next, whose requests are counted anew', () => {
  const { source, killed, said, ending, forward, target } = forwarding();
  forward.aim(target);
  for (const signal of ['SIGINT', 'SIGTERM']) source.emit(signal);
  forward.rest();
  source.emit('SIGINT');
  expect([killed, ending]).toEqual([
    [2, 15],
    ['SIGINT', 'SIGTERM', 'SIGINT'],
  ]);
  forward.aim(target);
  expect([killed, said]).toEqual([[2, 15, 2], []]);
});

test('after the end nothing listens', () => {
  const { source, forward } = forwarding();
  forward.stop();
  expect(forwardedSignals.flatMap((signal) => source.listeners(signal))).toEqual([]);
});
