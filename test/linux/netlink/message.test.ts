import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, decodeAttributes, encode, text, textOf, u32 } from '../../../src/linux/netlink/message.ts';

test('a message is read as it was written, several in a datagram too', () => {
  const one = encode(
    { type: 16, flags: 4, body: Buffer.from([1, 2, 3, 4]), attributes: [{ type: 3, value: text('sc0') }] },
    7,
  );
  const two = encode({ type: 17, flags: 0, body: Buffer.alloc(0) }, 8);
  expect(one).toEqual(
    Buffer.from(
      '1c000000' + '1000' + '0500' + '07000000' + '00000000' + '01020304' + '0800' + '0300' + '73633000',
      'hex',
    ),
  );
  const [first, second, ...more] = decode(Buffer.concat([one, two]));
  expect(first).toMatchObject({ type: 16, flags: 5, sequence: 7 });
  expect(second).toMatchObject({ type: 17, flags: 1, sequence: 8 });
  expect(more).toEqual([]);
  const name = first && decodeAttributes(first.payload, 4).get(3);
  expect(name && textOf(name)).toBe('sc0');
});

test('attributes in attributes are read as they were written', () => {
  const inner = [
    { type: 1, value: text('veth') },
    { type: 2, value: u32(5) },
  ];
  const [received] = decode(
    encode({ type: 16, flags: 0, body: Buffer.alloc(0), attributes: [{ type: 18, value: inner }] }),
  );
  const nested = received && decodeAttributes(received.payload, 0).get(18);
  const attributes = nested && decodeAttributes(nested, 0);
  expect(textOf(attributes?.get(1) ?? Buffer.alloc(0))).toBe('veth');
  expect(attributes?.get(2)?.readUInt32LE()).toBe(5);
});

test('any bytes are read without an end that is not there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, from) => {
      for (const { payload } of decode(Buffer.from(bytes))) expect(payload.length).toBeLessThan(bytes.length);
      for (const value of decodeAttributes(Buffer.from(bytes), from).values())
        expect(value.length).toBeLessThan(bytes.length);
    }),
  );
});
