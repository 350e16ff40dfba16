import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf } from '../../../src/network/addresses.ts';
import { addressesIn, addressRecord, answerTo, nameRecord } from '../../../src/network/names/answer.ts';
import { Frames, frame } from '../../../src/network/names/frames.ts';
import { A, addressAskedFor, isAnswerTo, parseQuery, withId } from '../../../src/network/names/question.ts';
import { queryOf } from '../../support/name-query.ts';

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

describe('a question', () => {
  test('is read as it was asked', () => {
    fc.assert(
      fc.property(name, fc.nat(0xffff), (asked, id) => {
        expect(parseQuery(queryOf(asked, A, id))).toMatchObject({
          id,
          name: asked,
          type: A,
          isRecursive: true,
        });
      }),
    );
  });

  test('has its name in lower case', () => {
    expect(parseQuery(queryOf('DB.Example'))?.name).toBe('db.example');
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['an answer', answerTo(parseQuery(queryOf('db')) ?? expect.fail(), 0)],
    [
      'a name that points at itself',
      Buffer.concat([queryOf('db').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
    ],
    ['a name that does not end', queryOf('db').subarray(0, 15)],
    ['a name without a type', queryOf('db').subarray(0, -2)],
    ['a name that is too long', queryOf(Array(5).fill('a'.repeat(60)).join('.'))],
  ])('is not what is %s', (_, bytes) => {
    expect(parseQuery(bytes)).toBeUndefined();
  });

  test('of any bytes is none or one, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isPlausible) => {
        const message = Buffer.from(bytes);
        if (isPlausible && message.length >= 12) Buffer.from([0, 0, 1, 0, 0, 1]).copy(message);
        const query = parseQuery(message);
        if (query !== undefined) expect(answerTo(query, 0).length).toBe(12 + query.question.length);
      }),
    );
  });

  test('with other letters than names have is nobody of ours', () => {
    expect(parseQuery(queryOf('d b'))).toMatchObject({ name: undefined });
  });
});

describe('the addresses in an answer', () => {
  const query = parseQuery(queryOf('db', A, 7)) ?? expect.fail();
  const addresses = ['10.0.0.1', 'fd00::1', '10.0.0.2'].map(addressOf);

  test('are all that it has, with their time, and no more than are asked for', () => {
    const answer = answerTo(query, 0, [nameRecord('db.example'), ...addresses.map(addressRecord)]);
    const found = addresses.map((address) => ({ address, ttl: 0 }));
    expect(addressesIn(answer, 64)).toEqual(found);
    expect(addressesIn(answer, 2)).toEqual(found.slice(0, 1));
    expect(addressesIn(answer.subarray(0, -1), 64)).toEqual(found.slice(0, 2));
    // The time of the first record of all.
    answer.writeUInt32BE(300, 12 + query.question.length + 12 + nameRecord('db.example').data.length + 6);
    expect(addressesIn(answer, 64)[0]?.ttl).toBe(300);
  });

  test('of any bytes are some or none, and names that lead in circles lead nowhere', () => {
    const circle = Buffer.concat([answerTo(query, 0, addresses.map(addressRecord))]);
    circle.writeUInt16BE(0xc000 | (12 + query.question.length), 12 + query.question.length);
    expect(addressesIn(circle, 64)).toHaveLength(3);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, count) => {
        const message = Buffer.from(bytes);
        if (message.length >= 12) message.writeUInt16BE(count, 6);
        expect(addressesIn(message, 5).length).toBeLessThanOrEqual(5);
      }),
    );
  });
});

describe('an answer', () => {
  const query = parseQuery(queryOf('db', A, 7)) ?? expect.fail();

  test('has no more records than have room', () => {
    const records = Array.from({ length: 100 }, (_, index) => addressRecord(addressOf(`10.0.0.${index}`)));
    const answer = answerTo(query, 0, records, 512);
    expect(answer.length).toBeLessThanOrEqual(512);
    expect(answer.readUInt16BE(6)).toBe(Math.floor((512 - 12 - query.question.length) / 16));
    expect(answerTo(query, 0, records, 0xffff).readUInt16BE(6)).toBe(100);
  });

  test('is one to the question with this ID alone', () => {
    const answer = answerTo(query, 3);
    expect(isAnswerTo(answer, 7, query.question)).toBe(true);
    expect(isAnswerTo(answer, 8, query.question)).toBe(false);
    expect(isAnswerTo(withId(answer, 8), 8, query.question)).toBe(true);
    expect(isAnswerTo(answer, 7, (parseQuery(queryOf('dc', A, 7)) ?? query).question)).toBe(false);
    expect(isAnswerTo(queryOf('db', A, 7), 7, query.question)).toBe(false);
  });

  test('to who has an address has the name in labels', () => {
    expect(nameRecord('db.example').data.toString('latin1')).toBe('\x02db\x07example\0');
  });
});

test.each([
  ['7.0.89.10.in-addr.arpa', '10.89.0.7'],
  ['7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.8.0.0.0.0.d.f.ip6.arpa', 'fd00:89::7'],
])('%s asks for %s', (asked, address) => {
  expect(addressAskedFor(asked)).toEqual(addressOf(address));
});

test.each(['0.89.10.in-addr.arpa', '999.0.89.10.in-addr.arpa', 'ip6.arpa', 'db'])(
  '%s asks for no address',
  (asked) => {
    expect(addressAskedFor(asked)).toBeUndefined();
  },
);

test('messages come out of a stream as they went in, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 })),
      fc.integer({ min: 1, max: 50 }),
      (messages, size) => {
        const bytes = Buffer.concat(messages.map((message) => frame(Buffer.from(message))));
        const frames = new Frames();
        const found: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size)
          found.push(...frames.take(bytes.subarray(at, at + size)));
        expect(found.map((message) => [...message])).toEqual(messages.map((message) => [...message]));
        expect(frames.waiting).toBe(0);
      },
    ),
  );
});
