import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExitRecord } from '../../../src/backend/native/exit-record.ts';
import {
  ENDED_SIZE,
  endedOffsets,
  killers,
  MESSAGE_ENDED,
  SMALL_INIT_EXITED,
  SMALL_INIT_SIGNALLED,
  STATUS_OF_SMALL_INIT,
  STATUS_OF_WAIT,
} from '../../../src/backend/native/protocol.ts';
import { signalName } from '../../../src/linux/signals.ts';

const [EXITED, KILLED] = [1, 2];

type Field = Exclude<keyof typeof endedOffsets, 'oom'>;

function record(fields: Partial<Record<Field, number | bigint>>, oom = ''): Buffer {
  const bytes = Buffer.alloc(ENDED_SIZE);
  bytes.writeUInt32LE(MESSAGE_ENDED, 0);
  for (const [name, value] of Object.entries(fields)) {
    const at = endedOffsets[name as Field];
    if (name === 'signal') bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUInt32LE(Number(value), at);
  }
  bytes.write(oom, endedOffsets.oom);
  return bytes;
}

const exitOf = (...args: Parameters<typeof record>) => parseExitRecord(record(...args))?.exit;

test('is no record of an end where init never ran', () => {
  expect(exitOf({})).toBeUndefined();
  expect(parseExitRecord(Buffer.alloc(ENDED_SIZE))).toBeUndefined();
  expect(parseExitRecord(Buffer.alloc(ENDED_SIZE - 1))).toBeUndefined();
});

test('a start that failed is that of the runner, however init ended', () => {
  for (const code of [EXITED, KILLED])
    expect(exitOf({ code, status: 9, failed: 1, deadline: 1, killer: killers.sc })).toEqual({
      code: 125,
      cause: 'runner',
    });
});

test('an end that only the kernel still knew is told as one that the keeper has heard', () => {
  const core = 0x80;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), (status) => {
      expect(exitOf({ code: STATUS_OF_WAIT, status: status << 8 })).toEqual(exitOf({ code: EXITED, status }));
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.constantFrom(0, core), (signal, dumped) => {
      const exit = exitOf({ code: STATUS_OF_WAIT, status: signal | dumped }, 'oom_kill 1\n');
      expect(exit).toEqual(exitOf({ code: KILLED, status: signal }, 'oom_kill 1\n'));
    }),
  );
});

test('an end that only a small init has told is the one of its program', () => {
  const told = (signal: number, more: Partial<Record<Field, number>> = {}) =>
    exitOf({ code: STATUS_OF_SMALL_INIT, signal, ...more });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), (code) => {
      expect(told(SMALL_INIT_EXITED + code)).toEqual({ code, cause: 'exit' });
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (signal) => {
      expect(told(signal)).toEqual(exitOf({ code: KILLED, status: signal }));
    }),
  );
  expect(told(0)).toEqual({ code: null, cause: 'unknown' });
  expect(told(0, { killer: killers.sc })).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  expect(told(0, { deadline: 1 })).toEqual({ code: 137, signal: 'SIGKILL', cause: 'deadline' });
});

test('a signal of a program with a small init is told as one of any other', () => {
  const fields = fc.record({
    number: fc.integer({ min: 1, max: 64 }),
    killer: fc.constantFrom(...Object.values(killers)),
    deadline: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(fields, ({ number, ...more }) => {
      const oom = 'oom_kill 1\n';
      const alone = exitOf({ code: KILLED, status: number, ...more }, oom);
      const withInit = exitOf({ code: EXITED, status: SMALL_INIT_SIGNALLED, signal: number, ...more }, oom);
      expect(withInit).toEqual(alone);
      expect(withInit).toMatchObject({ code: 128 + number, signal: signalName(number) });
    }),
  );
});

test('a small init that was taken over invents no signal', () => {
  const statuses = fc.oneof(fc.constant(SMALL_INIT_SIGNALLED), fc.integer({ min: 0, max: 255 }));
  const signals = fc.oneof(fc.constant(0n), fc.bigInt(65n, 2n ** 64n - 1n));
  fc.assert(
    fc.property(statuses, signals, (status, signal) => {
      expect(exitOf({ code: EXITED, status, signal })).toEqual({ code: status, cause: 'exit' });
    }),
  );
  expect(exitOf({ code: EXITED, status: 3, signal: 9 })).toEqual({ code: 3, cause: 'exit' });
});

test('a deadline is the cause of a code, and of a signal', () => {
  expect(exitOf({ code: EXITED, status: 0, deadline: 1 })).toEqual({ code: 0, cause: 'deadline' });
  expect(exitOf({ code: KILLED, status: 9, deadline: 1, killer: killers.sc })).toEqual({
    code: 137,
    signal: 'SIGKILL',
    cause: 'deadline',
  });
});
