import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DetachKeys, parseDetachKeys } from '../../src/operations/detach-keys.ts';

describe('keys', () => {
  test.each([
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 27, 28, 29, 30, 31]],
    ['a,Z,0,ctrl-z', [97, 90, 48, 26]],
    ['', []],
  ])('"%s" are %j', (text, keys) => {
    expect(parseDetachKeys(text)).toEqual(keys);
  });

  test.each([
    ['ctrl-', 'ctrl-'],
    ['ctrl-P', 'ctrl-P'],
    ['ctrl-p,,a', ''],
    ['ctrl-p,', ''],
    ['strg-p', 'strg-p'],
    ['ctrl-ab', 'ctrl-ab'],
    ['ä', 'ä'],
  ])('"%s" are none, since "%s" is not', (text, key) => {
    expect(() => parseDetachKeys(text)).toThrow(`read the detach keys "${text}": "${key}" is no key`);
  });
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const keysOf = (letters: string) => new DetachKeys([...Buffer.from(letters)]);

describe('what is typed', () => {
  test('is passed on up to the keys, and nothing of them or behind them', () => {
    const keys = keysOf('pq');
    const { passed, isDetached } = keys.type(Buffer.from('ls\npqrest'));
    expect([text(passed), isDetached]).toEqual(['ls\n', true]);
  });

  test('is passed on when it does not become the keys', () => {
    const keys = keysOf('pq');
    expect(text(keys.type(Buffer.from('p')).passed)).toBe('');
    expect(keys.isWaiting).toBe(true);
    expect(text(keys.type(Buffer.from('p')).passed)).toBe('p');
    expect(text(keys.type(Buffer.from('x')).passed)).toBe('px');
    expect(keys.isWaiting).toBe(false);
  });

  test('is passed on to who waits, once, and may become the keys nevertheless', () => {
    const keys = keysOf('pxq');
    keys.type(Buffer.from('p'));
    expect(text(keys.passOn())).toBe('p');
    expect(keys.isWaiting).toBe(false);
    expect(text(keys.type(Buffer.from('x')).passed)).toBe('');
    expect(keys.type(Buffer.from('q'))).toEqual({ passed: new Uint8Array(), isDetached: true });
    keys.type(Buffer.from('p'));
    expect(text(keys.passOn())).toBe('p');
    expect(text(keys.type(Buffer.from('xy')).passed)).toBe('xy');
  });

  test('is all passed on without keys', () => {
    expect(text(keysOf('').type(Buffer.from('pq\0')).passed)).toBe('pq\0');
  });
});

const letters = fc.stringMatching(/^[ab]*$/);

test('the keys are found where they first are, however what is typed is cut, and all else is passed on', () => {
  fc.assert(
    fc.property(
      letters.filter((keys) => keys !== ''),
      fc.array(letters),
      (keys, parts) => {
        const machine = keysOf(keys);
        let [passed, isDetached] = ['', false];
        for (const part of parts) {
          const typed = machine.type(Buffer.from(part));
          passed += text(typed.passed);
          isDetached = typed.isDetached;
          if (isDetached) break;
        }
        const all = parts.join('');
        const at = all.indexOf(keys);
        expect(isDetached).toBe(at !== -1);
        if (at !== -1) expect(passed).toBe(all.slice(0, at));
        else expect(passed + text(machine.passOn())).toBe(all);
      },
    ),
  );
});

test('who waits gets all that was typed until then, and nothing twice', () => {
  fc.assert(
    fc.property(
      letters.filter((keys) => keys !== ''),
      fc.array(letters),
      (keys, parts) => {
        const machine = keysOf(keys);
        let [typed, passed] = ['', ''];
        for (const part of parts) {
          typed += part;
          const { passed: now, isDetached } = machine.type(Buffer.from(part));
          passed += text(now);
          if (isDetached) {
            // Before the part that completed them they may have been passed on in part.
            expect(typed.startsWith(passed)).toBe(true);
            return;
          }
          passed += text(machine.passOn());
          expect(passed).toBe(typed);
        }
      },
    ),
  );
});
